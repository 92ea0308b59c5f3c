/*
 * cmd_check: `teep check`: would a receiver take this message, and if not,
 * why?  State that only an exchange has (tokens, challenges) is not checked.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <tamarind/eat.h>
#include <time.h>

static void
put_notes(const char *notes, bool json)
{
	bool first = true;

	while (*notes != 0) {
		const char *end = strchr(notes, '\n');
		struct bytes line = {
		    (const uint8_t *)notes, (size_t)(end - notes)};

		if (json) {
			(void)fputs(first ? "" : ",", stdout);
			json_put(stdout, line);
		} else {
			(void)fputs("  ", stdout);
			safe_put(stdout, line);
			(void)fputc('\n', stdout);
		}
		first = false;
		notes = end + 1;
	}
}

static void
put_verdict(const struct check *c, enum err e, const char *title,
    const char *file, const char *notes, bool json)
{
	char who[160];

	if (json) {
		(void)printf("{\"accepted\":%s,\"message\":\"%s\",\"result\":",
		    e == OK ? "true" : "false", title);
		json_why(stdout, file, &c->why);
		(void)fputs(",\"notes\":[", stdout);
		put_notes(notes, true);
		(void)fputs("]}\n", stdout);
		return;
	}
	if (e == OK) {
		(void)printf("accepted: %s", title);
		if (c->v.payload.p != NULL)
			(void)printf(", signature verified by %s",
			    check_who(c, c->v.kid, who));
	} else {
		(void)fputs("refused: ", stdout);
		why_put(stdout, &c->why);
	}
	(void)fputc('\n', stdout);
	put_notes(notes, false);
}

static int
run(struct check *c, const char *file, bool json)
{
	const char *title = "message";
	char *notes = NULL;
	size_t n;
	enum err e;

	c->notes = open_memstream(&notes, &n);
	if (c->notes == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	if (!c->agent && cose_is_encrypt(c->in)) {
		e = check_encrypted(c, &title);
	} else {
		e = check_message(c);
		if (e == OK)
			title = teep_type_name(c->m.type);
	}
	c->why.err = e;
	(void)fclose(c->notes);
	put_verdict(c, e, title, file, notes, json);
	free(notes);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

/* Seconds since 1970, or "2026-01-31T12:00:00Z". */
static uint64_t
read_time(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	time_t t = timegm(&tm);
	uint64_t v;

	if (number_read(text, UINT32_MAX, &v) == OK)
		return v;
	if (end == NULL || *end != 0 || t < 0)
		die_usage(PROG, "'%s' is not a time", text);
	return (uint64_t)t;
}

/* What the exchange expects, as the options say it. */
static struct bytes
read_octets(const char *text, struct span room)
{
	struct bytes out;

	if (hex_read(text, room, &out) != OK || out.n == 0)
		die_usage(PROG, "'%s' is not hex text of 1 to %zu octets", text,
		    room.n);
	return out;
}

static void
read_key(const char *path, uint8_t kid[KID_LEN])
{
	struct bytes file;
	struct key_file k;
	enum err e = read_file(path, KEY_FILE_MAX, &file);

	(void)crypto_or_die(PROG);
	if (e == OK)
		e = key_file_read(file, &k);
	if (e != OK)
		die(PROG, EXIT_REFUSED, "%s: no key in it (%s)", path,
		    err_name(e));
	release_bytes(&file);
	memcpy(kid, k.kid, KID_LEN);
}

int
cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"keys", required_argument, NULL, 'k'},
	    {"strict-token", no_argument, NULL, 's'},
	    {"time", required_argument, NULL, 't'},
	    {"strict-keys", no_argument, NULL, 'S'},
	    {"token", required_argument, NULL, 'T'},
	    {"challenge", required_argument, NULL, 'C'},
	    {"audience", required_argument, NULL, 'A'},
	    {"about", required_argument, NULL, 'B'},
	    {"dialect", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static struct keydir dir;
	static uint8_t token[64], challenge[512], kid[KID_LEN], about[KID_LEN];
	static char audience[KID_TEXT];
	struct check c = {.keys = &dir};
	const char *as = NULL, *keys = NULL, *file;
	bool json = false;
	uint8_t strict = 0;
	int opt, status;
	enum err e;

	c.now = (uint64_t)time(NULL);
	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'a':
			as = optarg;
			break;
		case 'k':
			keys = optarg;
			break;
		case 'd':
			c.pinned = true;
			dialect_option(optarg, &c.dialect);
			break;
		case 's':
			strict = TEEP_STRICT_TOKEN;
			break;
		case 't':
			c.now = read_time(optarg);
			break;
		case 'S':
			c.strict_keys = true;
			break;
		case 'T':
			c.token = read_octets(optarg, SPAN_OF(token));
			break;
		case 'C':
			c.challenge = read_octets(optarg, SPAN_OF(challenge));
			break;
		case 'A':
			read_key(optarg, kid);
			kid_text(kid, audience);
			c.audience = bytes_of_text(audience);
			break;
		case 'B':
			read_key(optarg, about);
			c.about = BYTES_OF(about);
			break;
		case 'j':
			json = true;
			break;
		default:
			option_other(opt, argv[0]);
		}
	}
	c.dialect.rules = strict;
	file = only_argument(argc, argv, "FILE");
	if (as == NULL || keys == NULL)
		die_usage(PROG, "check: --as and --keys are wanted");
	c.agent = strcmp(as, "agent") == 0;
	if (!c.agent && strcmp(as, "tam") != 0)
		die_usage(PROG, "'%s' is neither agent nor tam", as);
	c.crypto = crypto_or_die(PROG);
	keydir_load(&dir, keys);
	e = input_read(file, &c.in);
	if (e == OK) {
		status = run(&c, file, json);
	} else {
		print_err(PROG, file, e);
		status = EXIT_REFUSED;
	}
	release_bytes(&c.in);
	keydir_free(&dir);
	return status;
}
