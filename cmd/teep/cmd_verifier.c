/*
 * cmd_verifier: `teep verifier`: answers in the shape of the challenge-response
 * API that Veraison has, with the result that the command line names.
 *
 *   POST .../newSession[?nonceSize=N]   201, Location, a nonce
 *   POST .../session/ID                 Evidence: 200, complete, the result
 *   GET, DELETE .../session/ID
 */
#include "peer.h"
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_TYPE "application/vnd.veraison.challenge-response-session+json"
#define NONCE_MAX    64

struct judge {
	const char *status;  /* "complete", "failed" */
	struct bytes result; /* octets, or none */
	char base[512], session[600];
	uint64_t number, sessions, done;
	struct bytes nonce, evidence;
	char type[128];
	char *json; /* the answer under way */
};

/* Base64 with padding, as JSON wants octets.             [RFC 4648 4] */
static void
put_base64(FILE *f, struct bytes b)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				     "mnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		uint32_t v = (uint32_t)b.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)b.p[i + 1] << 8;
		if (left > 2)
			v |= b.p[i + 2];
		(void)fputc(digits[v >> 18], f);
		(void)fputc(digits[v >> 12 & 63], f);
		(void)fputc(left > 1 ? digits[v >> 6 & 63] : '=', f);
		(void)fputc(left > 2 ? digits[v & 63] : '=', f);
	}
}

static struct bytes
state(struct judge *j)
{
	size_t n;
	FILE *f;

	free(j->json);
	f = open_memstream(&j->json, &n);
	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	(void)fputs("{\"nonce\":\"", f);
	put_base64(f, j->nonce);
	(void)fprintf(f,
	    "\",\"expiry\":\"2100-01-01T00:00:00Z\",\"accept\":[\"%s\"],"
	    "\"status\":\"%s\"",
	    "application/eat+cwt", j->evidence.n > 0 ? j->status : "waiting");
	if (j->evidence.n > 0) {
		(void)fputs(",\"evidence\":{\"type\":", f);
		json_put(f, bytes_of_text(j->type));
		(void)fputs(",\"value\":\"", f);
		put_base64(f, j->evidence);
		(void)fputs("\"}", f);
	}
	if (j->evidence.n > 0 && j->result.n > 0) {
		(void)fputs(",\"result\":\"", f);
		put_base64(f, j->result);
		(void)fputs("\"", f);
	}
	(void)fputs("}", f);
	(void)fclose(f);
	return bytes_of_text(j->json);
}

static struct serve_answer
told(struct judge *j, unsigned status)
{
	return (struct serve_answer){
	    .status = status, .type = SESSION_TYPE, .body = state(j)};
}

static struct serve_answer
new_session(struct peer *p, struct judge *j, const char *size)
{
	struct serve_answer a;
	uint64_t n = 32;

	if (size != NULL && (number_read(size, NONCE_MAX, &n) != OK || n < 8)) {
		char safe[64];

		peer_note("    a nonce of '%s' octets: refused",
		    safe_text(safe, sizeof(safe), bytes_of_text(size)));
		return (struct serve_answer){.status = 400};
	}
	build_free(&p->b);
	j->nonce = build_random(&p->b, (size_t)n);
	j->evidence = BYTES_NONE;
	j->number++;
	(void)snprintf(j->session, sizeof(j->session), "%s/session/%llu",
	    j->base, (unsigned long long)j->number);
	a = told(j, 201);
	a.location = j->session;
	return a;
}

static struct serve_answer
evidence(struct peer *p, struct judge *j, const struct served *now)
{
	if (now->type == NULL || now->body.n == 0)
		return (struct serve_answer){.status = 415};
	(void)snprintf(j->type, sizeof(j->type), "%.127s", now->type);
	j->evidence = build_copy(&p->b, now->body);
	peer_said(p, "this verifier: Evidence", j->evidence);
	j->done++;
	return told(j, 200);
}

static struct serve_answer
judge(struct peer *p, struct judge *j, const struct served *now)
{
	size_t base = strlen(j->base);
	char method[64], path[256];

	peer_note("<-- %s %s",
	    safe_text(method, sizeof(method), bytes_of_text(now->method)),
	    safe_text(path, sizeof(path), bytes_of_text(now->path)));
	if (strncmp(now->path, j->base, base) != 0)
		return (struct serve_answer){.status = 404};
	if (strcmp(now->path + base, "/newSession") == 0)
		return strcmp(now->method, "POST") == 0
			   ? new_session(p, j, now->query)
			   : (struct serve_answer){
				 .status = 405, .allow = "POST"};
	if (j->number == 0 || strcmp(now->path, j->session) != 0)
		return (struct serve_answer){.status = 404};
	if (strcmp(now->method, "POST") == 0)
		return evidence(p, j, now);
	if (strcmp(now->method, "GET") == 0)
		return told(j, 200);
	if (strcmp(now->method, "DELETE") == 0)
		return (struct serve_answer){.status = 204};
	return (struct serve_answer){
	    .status = 405, .allow = "GET, POST, DELETE"};
}

int
cmd_verifier(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"keys", required_argument, NULL, 'k'},
	    {"result", required_argument, NULL, 'r'},
	    {"fail", no_argument, NULL, 'f'},
	    {"sessions", required_argument, NULL, 'n'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static struct judge j = {.status = "complete"};
	const char *keys = NULL, *url;
	static struct peer p;
	struct serve serve;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'k':
			keys = optarg;
			break;
		case 'r':
			e = read_file(optarg, INPUT_MAX, &j.result);
			if (e != OK) {
				print_err(PROG, optarg, e);
				return EXIT_REFUSED;
			}
			break;
		case 'f':
			j.status = "failed";
			break;
		case 'n':
			if (number_read(optarg, UINT32_MAX, &j.sessions) != OK)
				die_usage(PROG, "'%s' is no number", optarg);
			break;
		default:
			option_other(opt, "verifier");
		}
	}
	url = only_argument(argc, argv, "URL");
	peer_open(&p, keys);
	serve_open(&serve, serve_url(url, j.base, sizeof(j.base)));
	peer_note("listening on %s", url);
	while (j.sessions == 0 || j.done < j.sessions) {
		struct serve_answer a;

		if (!serve_next(&serve, 1000))
			continue;
		a = judge(&p, &j, &serve.now);
		peer_note("--> %u %.*s", a.status, (int)a.body.n,
		    a.body.n > 0 ? (const char *)a.body.p : "");
		serve_tell(&serve, &a);
	}
	serve_close(&serve);
	free(j.json);
	release_bytes(&j.result);
	peer_close(&p);
	return EXIT_DONE;
}
