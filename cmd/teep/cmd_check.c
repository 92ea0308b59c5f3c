/*
 * cmd_check: `teep check`: would a receiver take this message, and if not,
 * why?  State that only an exchange has (tokens, challenges) is not checked.
 */
#include "check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
check_note(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vfprintf(c->notes, format, ap);
	va_end(ap);
	(void)fputc('\n', c->notes);
}

enum err
check_refuse(struct check *c, enum err e, const char *what, const uint8_t *at)
{
	(void)why_set(&c->why, e, what);
	if (at >= c->in.p && at <= c->in.p + c->in.n)
		c->why.at = (size_t)(at - c->in.p);
	return e;
}

enum err
check_moved(struct check *c, enum err e, struct bytes part)
{
	if (e == OK)
		return OK;
	c->why.err = e;
	/* within a plaintext the offset stays one of the plaintext */
	if (part.p >= c->in.p && part.p <= c->in.p + c->in.n)
		c->why.at += (size_t)(part.p - c->in.p);
	return e;
}

const char *
check_who(const struct check *c, const uint8_t kid[KID_LEN], char out[160])
{
	char brief[KID_SHORT];

	kid_short(brief, kid);
	(void)snprintf(
	    out, 160, "%.120s (%s)", keydir_name(c->keys, kid), brief);
	return out;
}

/* An Error must carry what its code is about.               [TEEP 4.6] */
static enum err
check_error(struct check *c)
{
	static const struct {
		uint32_t code, has;
		const char *what;
	} rows[] = {
	    {TEEP_ERR_FRESHNESS, TEEP_HAS_FRESHNESS,
		"supported-freshness-mechanisms"},
	    {TEEP_ERR_VERSION, TEEP_HAS_VERSIONS, "versions"},
	    {TEEP_ERR_CIPHER_SUITES, TEEP_HAS_SUITES,
		"supported-teep-cipher-suites"},
	    {TEEP_ERR_ATTESTATION_REQUIRED, TEEP_HAS_FRESHNESS,
		"supported-freshness-mechanisms"},
	    {TEEP_ERR_SUIT_REPORT, TEEP_HAS_PROFILES,
		"supported-suit-cose-profiles"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (c->m.type == TEEP_ERROR && c->m.err_code == rows[i].code &&
		    (c->m.has & rows[i].has) == 0)
			return check_refuse(
			    c, ERR_TEEP_RULE, rows[i].what, c->v.payload.p);
	return OK;
}

/* May this receiver get this type, in this structure?     [TEEP 3, 5.1] */
static enum err
check_direction(struct check *c)
{
	bool to_agent =
	    c->m.type == TEEP_QUERY_REQUEST || c->m.type == TEEP_UPDATE;

	if (to_agent != c->agent)
		return check_refuse(c, ERR_TEEP_TYPE, "type", c->v.payload.p);
	if (c->multi && c->m.type != TEEP_QUERY_REQUEST)
		return check_refuse(c, ERR_COSE_TYPE, "COSE_Sign", c->in.p);
	return OK;
}

static enum err
check_message(struct check *c)
{
	unsigned accept = ACCEPT_SIGN1;
	struct cose_signed s;
	enum err e;

	if (c->agent)
		accept |= ACCEPT_SIGN;
	e = cose_verify(
	    c->crypto, &c->keys->view, accept, c->in, &c->v, &c->why);
	if (e != OK)
		return check_moved(c, e, c->in);
	TRY(cose_signed_read(c->in, accept, &s, &c->why));
	c->multi = s.multi;
	e = teep_read(&c->v, &c->dialect, &c->m, &c->why);
	if (e != OK)
		return check_moved(c, e, c->v.payload);
	TRY(check_direction(c));
	TRY(check_error(c));
	TRY(check_attestation(c));
	TRY(check_reports(c));
	return check_manifests(c);
}

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

int
cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"keys", required_argument, NULL, 'k'},
	    {"strict-token", no_argument, NULL, 's'},
	    {"time", required_argument, NULL, 't'},
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static struct keydir dir;
	struct check c = {.keys = &dir};
	const char *as = NULL, *keys = NULL, *file;
	bool json = false;
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
		case 's':
			c.dialect.rules |= TEEP_STRICT_TOKEN;
			break;
		case 't':
			c.now = read_time(optarg);
			break;
		case 'j':
			json = true;
			break;
		default:
			option_other(opt, argv[0]);
		}
	}
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
