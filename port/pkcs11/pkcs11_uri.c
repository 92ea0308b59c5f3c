/*
 * pkcs11_uri: which key a URI names.                        [RFC 7512 2.3]
 */
#include "pkcs11_int.h"

#include <string.h>

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One value with its escapes undone, NUL at its end. */
static bool
value(const char *p, size_t n, struct pkcs11_value *out)
{
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		int c = (uint8_t)p[i];

		if (c == '%') {
			if (n - i < 3 || digit(p[i + 1]) < 0 ||
			    digit(p[i + 2]) < 0)
				return false;
			c = digit(p[i + 1]) << 4 | digit(p[i + 2]);
			i += 2;
		}
		if (out->n + 1 >= sizeof(out->p))
			return false;
		out->p[out->n++] = (uint8_t)c;
	}
	out->p[out->n] = 0;
	out->given = true;
	return true;
}

bool
pkcs11_uri_read(const char *uri, struct pkcs11_uri *out)
{
	const struct {
		const char *name;
		struct pkcs11_value *to;
	} known[] = {{"token", &out->token}, {"object", &out->object},
	    {"id", &out->id}, {"module-path", &out->module},
	    {"pin-source", &out->pin_file}};
	const char *p = uri + 7;

	memset(out, 0, sizeof(*out));
	if (strncmp(uri, "pkcs11:", 7) != 0)
		return false;
	while (*p != 0) {
		size_t n = strcspn(p, ";?&"), name = strcspn(p, "=;?&");
		bool found = false;

		if (p[name] != '=')
			return false;
		for (size_t i = 0; i < ARRAY_LEN(known); i++) {
			if (strlen(known[i].name) != name ||
			    strncmp(known[i].name, p, name) != 0)
				continue;
			if (known[i].to->given ||
			    !value(p + name + 1, n - name - 1, known[i].to))
				return false;
			found = true;
		}
		/* what is not understood might have chosen another key */
		if (!found && (name != 4 || strncmp(p, "type", 4) != 0))
			return false;
		p += n + (p[n] != 0);
	}
	return out->token.given && out->module.given &&
	       (out->object.given || out->id.given);
}
