/*
 * run: rehearse a manifest on a described device: the device's own processor
 * does every command, and each is printed with how it went.  Payloads stream
 * through one piece of memory, whatever their size.
 */
#include "device.h"
#include "diag.h"
#include "rehearse.h"
#include "suit.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/cbor.h>

struct rehearsed {
	struct device d;
	const char *file;
	struct bytes in;
	struct suit_manifest m;
	struct suit_run run;
	uint8_t part; /* of the manifest that was seen last */
	bool quiet;
};

/* ---- telling what is done
 * ----------------------------------------------------- */

/* The labels of a map of parameters. */
static void
print_labels(struct bytes map)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n && r.err == OK; i++) {
		int64_t label = cbor_int(&r, INT64_MIN, INT64_MAX);

		(void)cbor_raw(&r, CBOR_ANY);
		if (label >= 0)
			(void)printf("%s%s", i == 0 ? "" : ", ",
			    suit_parameter_name((uint64_t)label));
		else
			(void)printf(
			    "%s%lld", i == 0 ? "" : ", ", (long long)label);
	}
}

/* Octets of the code before its argument. */
static size_t
code_size(int64_t code)
{
	uint64_t v = code < 0 ? (uint64_t)(-1 - code) : (uint64_t)code;

	return v < 24            ? 1
	       : v <= UINT8_MAX  ? 2
	       : v <= UINT16_MAX ? 3
	       : v <= UINT32_MAX ? 5
				 : 9;
}

static bool
is_condition(int64_t code)
{
	return (code >= 1 && code <= 8) || code == SUIT_CMD_ABORT ||
	       (code >= 24 && code <= 28);
}

/* The file that a manifest under way stands in. */
static const uint8_t *
file_of(const struct rehearsed *x, uint8_t part)
{
	const uint8_t *file = NULL;

	if (part > 0)
		file = device_view_of(&x->d, x->run.part[part].m->envelope.p);
	return file != NULL ? file : x->in.p;
}

/* A section, and of which dependency it is. */
static void
print_section(const struct rehearsed *x, const struct suit_seen *s)
{
	const struct suit_part *p = &x->run.part[s->part];
	char id[SUIT_ID_TEXT];

	(void)printf("%*s", 2 * (s->depth - 1), "");
	if (s->part > 0 &&
	    suit_id_text(
		suit_component(x->run.part[p->parent].m, p->index), id) == OK)
		(void)printf("%s: ", id);
	(void)puts(s->section == SUIT_COMMON ? "shared-sequence"
					     : suit_member_name(s->section));
}

static void
print_command(struct rehearsed *x, const struct suit_seen *s)
{
	const char *name =
	    s->code >= 0 ? suit_command_name((uint64_t)s->code) : "custom";
	char id[SUIT_ID_TEXT];
	const uint8_t *file = file_of(x, s->part);
	size_t at = s->arg.p > file
			? (size_t)(s->arg.p - file) - code_size(s->code)
			: 0;
	static uint8_t room[256];

	if (suit_id_text(s->id, id) != OK)
		(void)snprintf(id, sizeof(id), "-");
	(void)printf("%*s@%zu %s", 2 * s->depth, "", at, name);
	switch (s->code) {
	case SUIT_CMD_SET_INDEX:
		if (cbor_diag(s->arg, false, SPAN_OF(room)) == OK)
			(void)printf(" %s", (const char *)room);
		break;
	case SUIT_CMD_SET_PARAMETERS:
	case SUIT_CMD_OVERRIDE:
		(void)printf(" %s: ", id);
		print_labels(s->arg);
		break;
	case SUIT_CMD_TRY_EACH:
	case SUIT_CMD_RUN_SEQUENCE:
		break;
	default:
		(void)printf(" %s", id);
		break;
	}
	if (s->err != OK)
		(void)printf(is_condition(s->code) ? ": does not hold: %s"
						   : ": FAILED: %s",
		    err_name(s->err));
	else if (is_condition(s->code))
		(void)fputs(": holds", stdout);
	(void)fputc('\n', stdout);
}

static void
seen(void *ctx, const struct suit_run *run, const struct suit_seen *s)
{
	struct rehearsed *x = ctx;

	(void)run;
	x->part = s->part;
	if (x->quiet)
		return;
	switch (s->kind) {
	case SUIT_SEEN_SECTION:
		print_section(x, s);
		break;
	case SUIT_SEEN_COMMAND:
		print_command(x, s);
		break;
	case SUIT_SEEN_TRY:
		(void)printf("%*s-> the next way\n", 2 * s->depth - 1, "");
		break;
	case SUIT_SEEN_NIL:
		(void)printf(
		    "%*s-> the way that does nothing\n", 2 * s->depth - 1, "");
		break;
	case SUIT_SEEN_RUN:
		(void)printf("%*s-> its sequence\n", 2 * s->depth - 1, "");
		break;
	}
}

/* ---- fetching
 * ----------------------------------------------------------------- */

static void
give(struct rehearsed *x, const char *path)
{
	uint64_t got;

	if (!give_file(&x->run, path, &got)) {
		(void)printf(
		    "      cannot be read: %s: %s\n", path, strerror(errno));
		suit_fail(&x->run, ERR_FETCH);
		return;
	}
	if (x->quiet)
		return;
	(void)printf("      %llu octets from ", (unsigned long long)got);
	safe_put(stdout, bytes_of_text(path));
	(void)fputc('\n', stdout);
}

static void
fetch(struct rehearsed *x, const struct suit_ask *ask)
{
	const char *path = device_payload(&x->d, ask->uri);
	int at = shelf_wanted(&x->d.shelf, &x->run, ask->component);

	if (path == NULL && at >= 0)
		path = x->d.shelf.row[at].path;
	if (!x->quiet) {
		(void)fputs("      waits for ", stdout);
		safe_put(stdout, ask->uri);
		(void)printf(
		    ", at most %llu octets\n", (unsigned long long)ask->limit);
	}
	if (path != NULL) {
		give(x, path);
		return;
	}
	(void)puts("      which is not there: say --payload URI=FILE, or "
		   "payloads in the description; of a dependency --dependency "
		   "FILE");
	suit_fail(&x->run, ERR_FETCH);
}

/* ---- what is left
 * ---------------------------------------------------------------- */

static void
print_parts(struct rehearsed *x)
{
	(void)puts("\nafterwards");
	for (size_t i = 0; i < x->d.n_parts; i++) {
		const struct device_part *p = &x->d.part[i];
		char id[SUIT_ID_TEXT], hex[2 * DIGEST_LEN + 1];

		if (suit_id_text(p->id, id) != OK)
			continue;
		(void)printf("  %s: ", id);
		if (p->path == NULL) {
			(void)puts(p->removed ? "removed" : "absent");
			continue;
		}
		(void)fputs(!p->written                 ? "as it was"
			    : x->run.state == SUIT_DONE ? "written"
							: "written, and "
							  "dropped, for the "
							  "procedure failed",
		    stdout);
		if (p->known) {
			hex_text(hex, sizeof(hex), BYTES_OF(p->digest));
			(void)printf(", %llu octets, SHA-256 %s",
			    (unsigned long long)p->size, hex);
		}
		if (p->kind != NULL)
			(void)printf(", %s", p->kind);
		if (p->started)
			(void)fputs(", started", stdout);
		if (p->written && !x->d.temporary) {
			(void)fputs(", in ", stdout);
			safe_put(stdout, bytes_of_text(p->path));
		}
		(void)fputc('\n', stdout);
	}
}

/* What the device would report. */
static enum err
report(struct rehearsed *x, const char *path)
{
	static uint8_t room[SUIT_LOG_MAX + 4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct diag_style style = {.full = true};
	struct why why = {.err = OK};
	struct diag *diag;
	struct bytes out;
	enum err e = suit_report_write(&w, &x->run, BYTES_NONE);

	if (e == OK)
		e = cbor_done(&w, &out);
	if (e != OK)
		return e;
	diag = diag_open(out, &why);
	if (diag != NULL && !x->quiet) {
		(void)puts("\nreport");
		diag_print(diag, stdout, style);
	}
	if (diag != NULL)
		diag_close(diag);
	return path == NULL ? OK : write_file_atomic(path, out, WRITE_PUBLIC);
}

/* ---- the run
 * ------------------------------------------------------------------------ */

static void
procedure(struct rehearsed *x, enum suit_procedure p)
{
	const struct suit_watcher w = {x, seen};
	struct suit_ask ask;

	if (suit_start(&x->run, x->d.crypto, &x->d.host, &x->m, p) != OK)
		return;
	for (;;) {
		switch (suit_watch(&x->run, &ask, &w)) {
		case SUIT_WANT_FETCH:
			fetch(x, &ask);
			break;
		case SUIT_WANT_EVENT:
			(void)puts("      waits for events that the "
				   "description does not have");
			suit_fail(&x->run, ERR_WAIT);
			break;
		case SUIT_DONE:
		case SUIT_FAILED:
		case SUIT_RUNNING:
			return;
		}
	}
}

/* What the description lacks, when that is why. */
static const char *
remedy(const struct why *why)
{
	static const struct {
		enum err err;
		const char *what; /* NULL: any */
		const char *say;
	} rows[] = {
	    {ERR_NOT_INSTALLED, NULL,
		"--component ID=FILE, or 'components' of the description, say "
		"what is installed"},
	    {ERR_UNKNOWN_KEY, NULL,
		"'decrypt' of the description has the device's keys"},
	    {ERR_CANNOT, "component-slot",
		"'components: {ID: {slot: N}}' of the description says where "
		"one stands"},
	    {ERR_CANNOT, "use-before",
		"'time' of the description says when this is"},
	    {ERR_CANNOT, "minimum-battery",
		"'battery' of the description says how much is left"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].err == why->err &&
		    (rows[i].what == NULL ||
			(why->what != NULL &&
			    strcmp(rows[i].what, why->what) == 0)))
			return rows[i].say;
	return NULL;
}

/* The place of a failure counts from the map; its file may have a tag. */
static void
print_outcome(struct rehearsed *x)
{
	struct why why = x->run.why;
	char id[SUIT_ID_TEXT];
	const char *say;

	if (x->run.state == SUIT_DONE) {
		(void)puts("\ndone");
		return;
	}
	if (why.at != 0)
		why.at += (size_t)(x->run.part[x->part].m->envelope.p -
				   file_of(x, x->part));
	(void)fputs("\nFAILED: ", stdout);
	if (suit_id_text(why.subject, id) == OK)
		(void)printf("%s: ", id);
	why.subject = BYTES_NONE;
	why_put(stdout, &why);
	(void)fputc('\n', stdout);
	say = remedy(&why);
	if (say != NULL)
		(void)printf("  %s\n", say);
}

static int
run(struct rehearsed *x, enum suit_procedure p, const char *report_path)
{
	struct keyring view = key_ring_view(&x->d.trust.ring);
	struct why why = {.err = OK};
	uint64_t last;
	enum err e;

	trust_chains(&x->d.trust, x->in);
	for (size_t i = 0; i < x->d.shelf.n; i++)
		trust_chains(&x->d.trust, x->d.shelf.row[i].envelope);
	e = suit_open(x->d.crypto, &view, x->in, &x->m, &why);
	if (e == OK) {
		e = device_sequence(&x->d, &x->m, &last);
		if (e != OK) {
			(void)why_set(&why, e, "sequence number");
			why.kind = WHY_UINT;
			why.expected_n = last;
			why.found_n = x->m.sequence;
		}
	}
	if (e != OK) {
		trust_print_why(&x->d.trust, x->file, x->in, &why);
		return EXIT_REFUSED;
	}
	procedure(x, p);
	print_outcome(x);
	print_parts(x);
	e = report(x, report_path);
	if (e != OK)
		print_err(PROG, report_path, e);
	return e == OK && x->run.state == SUIT_DONE ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- the command
 * ---------------------------------------------------------------------- */

static const char usage[] =
    "usage: suit run [--device DEVICE] [--key PUB]... [OPTIONS] FILE\n\n"
    "Rehearse a manifest on a described device; print each command and how\n"
    "it went, what is there afterwards, and the report.\n\n"
    "  -d, --device FILE      the device, in YAML or JSON; without it, one\n"
    "                         that is of every vendor and class\n" TRUST_USAGE
    "  -p, --procedure NAME   update (default), invoke, uninstall\n"
    "      --payload URI=FILE what is fetched from there\n"
    "      --dependency FILE  an envelope that it depends on: what is fetched\n"
    "                         with its digest, or installed as its manifest\n"
    "  -c, --component ID=FILE  what is installed\n"
    "      --into DIR         keep what is written here\n"
    "      --report FILE      write the SUIT Report, CBOR\n"
    "  -q, --quiet            only how it ended, and what is there\n"
    "  -h, --help\n";

/* NAME=FILE; a URI may have a = of its own, a file should not. */
static char *
halves(char *arg, const char *option)
{
	char *at = strrchr(arg, '=');

	if (at == NULL || at == arg || at[1] == 0)
		die_usage("suit run", "%s %s is not NAME=FILE", option, arg);
	*at = 0;
	return at + 1;
}

static void
payload_option(struct device *d, char *arg)
{
	const char *path = halves(arg, "--payload");

	if (strcmp(path, "-") != 0)
		file_or_die(path);
	if (d->n_payloads == DEVICE_PAYLOADS_MAX)
		die_usage("suit run", "too many --payload");
	d->payload[d->n_payloads].uri = bytes_of_text(arg);
	d->payload[d->n_payloads++].path = path;
}

static void
component_option(struct device *d, char *arg)
{
	const char *path = halves(arg, "--component");
	uint8_t *room = pool_get(&d->doc.pool, SUIT_ID_MAX + 8);
	struct device_part *p;
	struct bytes id;

	if (suit_id_from_text(arg, (struct span){room, SUIT_ID_MAX + 8}, &id) !=
	    OK)
		die_usage("suit run", "--component %s is no identifier", arg);
	file_or_die(path);
	p = device_part(d, id);
	if (p == NULL)
		die_usage("suit run", "too many --component");
	p->path = path;
}

static enum suit_procedure
procedure_option(const char *name)
{
	static const char *const names[] = {"update", "invoke", "uninstall"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum suit_procedure)(SUIT_DO_UPDATE + i);
	die_usage("suit run",
	    "--procedure %s is none of update, invoke, uninstall", name);
}

enum { OPT_PAYLOAD = OPT_TRUST_END, OPT_INTO, OPT_REPORT, OPT_DEPENDENCY };

static const struct option options[] = {
    {"device", required_argument, NULL, 'd'},
    TRUST_OPTIONS,
    {"procedure", required_argument, NULL, 'p'},
    {"payload", required_argument, NULL, OPT_PAYLOAD},
    {"component", required_argument, NULL, 'c'},
    {"dependency", required_argument, NULL, OPT_DEPENDENCY},
    {"into", required_argument, NULL, OPT_INTO},
    {"report", required_argument, NULL, OPT_REPORT},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* The device first: options add to it. */
static void
open_device(struct rehearsed *x, int argc, char **argv)
{
	const char *path = NULL;
	int o;

	while (
	    (o = getopt_long(argc, argv, "d:k:p:c:qh", options, NULL)) != -1) {
		if (o == 'd')
			path = optarg;
		if (o == 'h') {
			(void)fputs(usage, stdout);
			exit(EXIT_DONE);
		}
		if (o == '?')
			die_usage("suit run", "unknown or incomplete option %s",
			    argv[optind - 1]);
	}
	if (!device_open(&x->d, crypto_or_die(PROG), path))
		die(PROG, EXIT_REFUSED, "%s", x->d.doc.message);
	optind = 0;
}

int
cmd_run(int argc, char **argv)
{
	static struct rehearsed x;
	enum suit_procedure p = SUIT_DO_UPDATE;
	const char *report_path = NULL;
	int o, status;

	open_device(&x, argc, argv);
	while (
	    (o = getopt_long(argc, argv, "d:k:p:c:qh", options, NULL)) != -1) {
		switch (o) {
		case OPT_DEPENDENCY:
			shelf_add(&x.d.shelf, optarg);
			break;
		case 'p':
			p = procedure_option(optarg);
			break;
		case 'c':
			component_option(&x.d, optarg);
			break;
		case 'q':
			x.quiet = true;
			break;
		case OPT_PAYLOAD:
			payload_option(&x.d, optarg);
			break;
		case OPT_INTO:
			device_folder(&x.d, optarg);
			break;
		case OPT_REPORT:
			report_path = optarg;
			break;
		default:
			(void)trust_option(&x.d.trust, o, optarg);
			break;
		}
	}
	if (optind != argc - 1 || trust_nobody(&x.d.trust))
		die_usage("suit run", "one file is needed, and a key that is "
				      "trusted: --key, --mac or --anchor, or "
				      "keys of --device");
	x.file = argv[optind];
	x.in = read_envelope(x.file);
	status = run(&x, p, report_path);
	device_close(&x.d);
	release_bytes(&x.in);
	return status;
}
