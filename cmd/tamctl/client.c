/*
 * HTTP over tamd's admin socket.
 */
#include "tamctl.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE 500

struct answer {
	char *p;
	size_t n;
};

static size_t
collect(char *p, size_t one, size_t n, void *arg)
{
	struct answer *a = arg;
	char *more = realloc(a->p, a->n + one * n + 1);

	if (more == NULL)
		return 0;
	a->p = more;
	memcpy(a->p + a->n, p, one * n);
	a->n += one * n;
	a->p[a->n] = 0;
	return one * n;
}

char *
api_path(const char *prefix, const char *name)
{
	char *part = curl_easy_escape(NULL, name, 0);
	char *out = NULL;

	if (part == NULL || asprintf(&out, "%s%s", prefix, part) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	curl_free(part);
	return out;
}

/* What usually helps, by command and reason. */
static const struct {
	const char *command, *reason, *hint;
} hints[] = {
    {"group join all ", "bad-text", "every device is in 'all' already"},
    {"component add ", "unknown-key",
	"'tamctl anchor add NAME --key FILE --for manifests' trusts a key"},
    {"component add ", "unsigned", "'suit sign' signs it"},
    {"corim add ", "unknown-key",
	"'tamctl anchor add NAME --key FILE --for "
	"reference,endorsed,attest-key' trusts a key"},
    {"corim add ", "unsigned", "'teep corim sign' signs it"},
    {"corim add ", "outside-signer-scope",
	"'tamctl anchor list' shows for what the key is trusted"},
    {"assign ", "not-found", "'tamctl component list' shows what is stored"},
    {"grant ", "not-found",
	"'tamctl device list' and 'tamctl component list' show what there is"},
    {"device add ", "wrong-dialect",
	"'tamd dialect NAME' makes an endpoint for it; then reload tamd"},
    {"anchor add ", "bad-text",
	"--for is a list of reference, endorsed, attest-key, manifests, "
	"agents"},
    {"device add ", "bad-certificate",
	"'tamctl anchor add NAME --certificate FILE --for agents' trusts who "
	"issued it"},
    {"device evidence ", "not-found",
	"'payload-key' of a signer in the device's policy gives it a key, and "
	"its next Evidence names that"},
    {"", "disk-full", "make room where tamd's DIR is, and ask again"},
    {"", "store",
	"tamd's log says which file and why, at \"event\":\"database\""},
};

static void
put_value(json_t *v, bool is_time)
{
	time_t t = (time_t)json_integer_value(v);
	char text[32];
	struct tm tm;

	if (json_is_string(v))
		safe_put(stderr, bytes_of_text(json_string_value(v)));
	else if (is_time && gmtime_r(&t, &tm) != NULL &&
		 strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		fputs(text, stderr);
	else
		fprintf(stderr, "%lld", (long long)json_integer_value(v));
}

/* The one line of a refusal, in the words of port/cmdline/why.c. */
static void
say(const struct options *o, json_t *error)
{
	static const struct {
		const char *member, *word;
	} more[] = {{"offset", "offset "}, {"what", ""},
	    {"expected", "expected "}, {"found", "found "},
	    {"source", "according to "}, {"subject", "about "}};
	const char *reason =
	    json_string_value(json_object_get(error, "reason"));
	const char *what = json_string_value(json_object_get(error, "what"));
	bool first = true;
	/* not-before and not-after are about moments */
	bool is_time = what != NULL && strncmp(what, "not-", 4) == 0;

	fprintf(stderr, "%s: %s: %s: %s", TAMCTL, o->asked, reason,
	    json_string_value(json_object_get(error, "text")));
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		json_t *v = json_object_get(error, more[i].member);

		if (v == NULL ||
		    (json_is_string(v) && json_string_length(v) == 0))
			continue;
		fprintf(stderr, "%s%s", first ? " (" : ", ", more[i].word);
		put_value(v, is_time && strcmp(more[i].word, "offset ") != 0);
		first = false;
	}
	fputs(first ? "" : ")", stderr);
	for (size_t i = 0; reason != NULL && i < ARRAY_LEN(hints); i++)
		if (strcmp(reason, hints[i].reason) == 0 &&
		    strncmp(o->asked, hints[i].command,
			strlen(hints[i].command)) == 0)
			fprintf(stderr, "; %s", hints[i].hint);
	fputc('\n', stderr);
}

/* Why nobody answers at the socket. */
static void
say_no_answer(const struct options *o, CURL *curl, CURLcode code)
{
	const char *why = "is tamd running, and is --socket its "
			  "DIR/run/admin.sock?";
	long number = 0, sent = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
	if (number == EACCES)
		why = "only the user who started tamd, and root, may";
	else if (sent > 0)
		why = "the request was sent, and may have been carried out";
	fprintf(stderr, "%s: %s: tamd does not answer (%s); %s\n", TAMCTL,
	    o->socket,
	    number != 0 ? strerror((int)number) : curl_easy_strerror(code),
	    why);
}

int
api_call(const struct options *o, const char *method, const char *path,
    struct bytes body, bool is_json, json_t **out)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(
	    NULL, is_json ? "Content-Type: application/json"
			  : "Content-Type: application/octet-stream");
	struct answer a = {0};
	char *uri = NULL;
	CURLcode code;
	json_t *doc = NULL, *error;
	int status = EXIT_REFUSED;
	long http = 0;

	*out = NULL;
	if (curl == NULL || headers == NULL ||
	    asprintf(&uri, "http://tamd%s", path) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	curl_easy_setopt(curl, CURLOPT_URL, uri);
	/* ".." is a name like any other, not the way to another resource. */
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, o->socket);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	if (strcmp(method, "GET") != 0 && body.n > 0) {
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDS, (const char *)body.p);
		curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	}
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &a);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		say_no_answer(o, curl, code);
		goto out;
	}
	if (a.n > 0)
		doc = json_loadb(a.p, a.n, JSON_REJECT_DUPLICATES, NULL);
	error = json_object_get(doc, "error");
	if (error != NULL) {
		say(o, error);
		goto out;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
	if (http < 200 || http > 299) {
		fprintf(
		    stderr, "%s: tamd answers with status %ld\n", TAMCTL, http);
		goto out;
	}
	if (a.n > 0 && doc == NULL) {
		fprintf(stderr, "%s: tamd's answer is not JSON\n", TAMCTL);
		goto out;
	}
	*out = json_incref(doc);
	status = EXIT_DONE;
out:
	json_decref(doc);
	free(a.p);
	free(uri);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return status;
}

int
api_json(const struct options *o, const char *method, const char *path,
    json_t *body, json_t **out)
{
	char *text = json_dumps(body, JSON_COMPACT);
	int status;

	if (text == NULL)
		die(TAMCTL, EXIT_REFUSED, "not UTF-8, or out of memory");
	status = api_call(o, method, path, bytes_of_text(text), true, out);
	free(text);
	json_decref(body);
	return status;
}

json_t *
api_list(const struct options *o, const char *path, const char *key)
{
	json_t *all = json_array();
	const char *after = NULL;
	size_t got = PAGE;

	while (got == PAGE) {
		char *query = NULL;
		json_t *page, *items;

		if (after != NULL) {
			char *part = api_path("", after);

			if (asprintf(&query, "%s?most=%d&after=%s", path, PAGE,
				part) < 0)
				die(TAMCTL, EXIT_REFUSED, "out of memory");
			free(part);
		} else if (asprintf(&query, "%s?most=%d", path, PAGE) < 0)
			die(TAMCTL, EXIT_REFUSED, "out of memory");
		if (api_call(o, "GET", query, BYTES_NONE, false, &page) !=
		    EXIT_DONE) {
			free(query);
			json_decref(all);
			return NULL;
		}
		free(query);
		items = json_object_get(page, "items");
		got = json_array_size(items);
		json_array_extend(all, items);
		json_decref(page);
		/* Lists without a key come whole. */
		if (key == NULL || got == 0)
			break;
		after = json_string_value(json_object_get(
		    json_array_get(all, json_array_size(all) - 1), key));
		if (after == NULL)
			break;
	}
	return all;
}
