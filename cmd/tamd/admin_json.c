/*
 * JSON in and out of the admin API.
 */
#include "admin.h"

#include <cmdline.h>
#include <crypto_openssl.h>
#include <string.h>

enum err
admin_text(struct admin_request *q, const char *name, const char **out)
{
	json_t *v = json_object_get(q->in, name);

	*out = NULL;
	if (v == NULL)
		return why_set(&q->why, ERR_MISSING, name);
	if (!json_is_string(v) ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return why_set(&q->why, ERR_TYPE, name);
	*out = json_string_value(v);
	return OK;
}

enum err
admin_text_opt(
    struct admin_request *q, json_t *o, const char *name, const char **out)
{
	json_t *v = json_object_get(o, name);

	*out = json_string_value(v);
	if (v != NULL && *out == NULL)
		return why_set(&q->why, ERR_TYPE, name);
	if (*out != NULL && **out == 0)
		return why_set(&q->why, ERR_RANGE, name);
	return OK;
}

enum err
admin_only(
    struct admin_request *q, json_t *o, const char *const *names, size_t n)
{
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v)
	{
		size_t i = 0;

		while (i < n && strcmp(name, names[i]) != 0)
			i++;
		if (i == n) {
			(void)why_set(&q->why, ERR_UNEXPECTED, "member");
			q->why.kind = WHY_TEXT;
			q->why.found = bytes_of_text(name);
			return ERR_UNEXPECTED;
		}
	}
	return OK;
}

enum err
admin_key(struct admin_request *q, const char *name, struct cose_key *out)
{
	const char *pem;
	enum err e;

	TRY(admin_text(q, name, &pem));
	e = openssl_public_read(bytes_of_text(pem), out);
	return e == OK ? OK : why_set(&q->why, e, name);
}

json_t *
admin_hex(const uint8_t *p, size_t n)
{
	char text[2 * 64 + 1];

	hex_text(text, sizeof(text), (struct bytes){p, n});
	return json_string(text);
}

json_t *
admin_kid(const uint8_t kid[KID_LEN])
{
	char text[KID_TEXT];

	kid_text(kid, text);
	return json_string(text);
}

json_t *
admin_time(uint64_t t)
{
	return t == 0 ? json_null() : json_integer((json_int_t)t);
}

enum err
admin_list(struct admin_request *q, json_t **items)
{
	*items = json_array();
	q->out = json_pack("{s:o}", "items", *items);
	return q->out == NULL ? ERR_MEMORY : OK;
}

enum err
admin_why(struct admin_request *q, enum err e, enum err when, const char *what)
{
	return e == when && q->why.err == OK ? why_set(&q->why, e, what) : e;
}
