/* replay: can a device that runs this manifest send this report, and what is
 * then true of it? */
#include "report_in.h"
#include "shelf.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const char *manifest, *report;
	struct report_keys keys;
	struct shelf shelf;
	enum suit_procedure procedure;
};

static const char *const procedures[] = {
    [SUIT_DO_UPDATE] = "update",
    [SUIT_DO_INVOKE] = "invoke",
    [SUIT_DO_UNINSTALL] = "uninstall",
};

static void
print_claim(const struct suit_claim *c)
{
	struct bytes value = {c->value, c->n_value};
	char text[SUIT_ID_TEXT], diag[512];

	(void)cbor_diag(value, true, SPAN_OF(diag));
	(void)printf("%s: %s %s\n",
	    suit_id_text(c->component, text) == OK ? text : "?",
	    suit_parameter_name(c->label), diag);
}

/* Of which manifest: nothing is said of the one that was named. */
static void
print_path(FILE *f, const struct suit_record *at)
{
	for (uint8_t i = 0; i < at->n_path; i++)
		(void)fprintf(f, "%s%u", i == 0 ? ", dependency " : "/",
		    (unsigned)at->path[i]);
}

static void
print_result(const struct suit_report *report)
{
	struct suit_record at;
	struct bytes properties;

	if (report->success) {
		(void)puts("result: success");
		return;
	}
	(void)printf("result: %s", suit_reason_name(report->reason));
	if (suit_record_read(report->result_record, &at, &properties) == OK &&
	    at.section != 0) {
		(void)printf(" at %s+%u, component %u",
		    suit_member_name(at.section), (unsigned)at.offset,
		    (unsigned)at.component);
		print_path(stdout, &at);
	}
	(void)fputc('\n', stdout);
}

static void
refused(const char *file, const struct suit_replay *replay, enum err e,
    const struct why *why)
{
	if (e != ERR_REPORT_REPLAY) {
		print_why(PROG, file, why);
		return;
	}
	if (replay->broken == SUIT_RULE_REFERENCE) {
		(void)fprintf(stderr,
		    PROG ": %s: %s: reference, it names another manifest than "
			 "this by digest or URI\n",
		    file, err_name(e));
		return;
	}
	(void)fprintf(stderr,
	    PROG ": %s: %s: no run of the manifest leaves it: %s, at %s+%u, "
		 "component %u",
	    file, err_name(e), suit_rule_name(replay->broken),
	    suit_member_name(replay->at.section), (unsigned)replay->at.offset,
	    (unsigned)replay->at.component);
	print_path(stderr, &replay->at);
	(void)fputc('\n', stderr);
}

/* One that was given as a dependency, by its digest. */
static enum err
dependency(void *ctx, const uint8_t digest[DIGEST_LEN], struct bytes *out)
{
	const struct request *r = ctx;
	int at = shelf_find(&r->shelf, (struct bytes){digest, DIGEST_LEN});

	if (at < 0)
		return ERR_NOT_FOUND;
	*out = r->shelf.row[at].envelope;
	return OK;
}

static void
print_all(const struct suit_report *report, const struct suit_replay *replay)
{
	print_result(report);
	for (size_t i = 0; i < replay->claims.n; i++)
		print_claim(&replay->claims.of[i]);
	if (!replay->complete)
		(void)puts("it can be read in too many ways: nothing follows");
}

static int
replay_octets(struct request *r, struct bytes envelope, struct bytes in)
{
	const struct suit_shelf shelf = {r, dependency};
	static struct suit_replay replay;
	struct suit_report report;
	struct why why = {.err = OK};
	struct bytes room;
	enum err e = report_open(&r->keys, in, &room, &report, &why);

	if (e != OK) {
		print_why(PROG, r->report, &why);
		release_bytes(&room);
		return EXIT_REFUSED;
	}
	e = suit_replay(&replay, crypto_or_die(PROG), envelope, &shelf, &report,
	    r->procedure, &why);
	if (e == OK)
		print_all(&report, &replay);
	else
		refused(e == ERR_REPORT_REPLAY ? r->report : r->manifest,
		    &replay, e, &why);
	release_bytes(&room);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

static int
replay_files(struct request *r)
{
	struct bytes envelope = read_envelope(r->manifest);
	struct bytes in = read_envelope(r->report);
	int status = replay_octets(r, envelope, in);

	release_bytes(&envelope);
	release_bytes(&in);
	return status;
}

static bool
procedure_named(const char *name, enum suit_procedure *out)
{
	for (size_t i = 0; i < ARRAY_LEN(procedures); i++)
		if (strcmp(procedures[i], name) == 0) {
			*out = (enum suit_procedure)i;
			return true;
		}
	return false;
}

enum { OPT_DECRYPT = OPT_TRUST_END };

int
cmd_replay(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit replay [--procedure NAME] [--key PUB|--mac FILE]...\n"
	    "                   [--decrypt KEY]... [--dependency FILE]... "
	    "MANIFEST REPORT\n\n"
	    "Say whether a run of the manifest can leave this SUIT Report, "
	    "and\n"
	    "what is then true of the device; else which rule it breaks, and\n"
	    "where.\n\n"
	    "  -k, --key FILE       the report is a COSE_Sign1 under this key\n"
	    "      --mac FILE       or a COSE_Mac0 under this one, 32 octets\n"
	    "      --decrypt FILE   opens it if it is encrypted: a private key,"
	    " or\n"
	    "                       16, 24 or 32 octets for a COSE_Encrypt0\n"
	    "  -d, --dependency FILE\n"
	    "                       an envelope that MANIFEST depends on and "
	    "does not hold\n"
	    "  -p, --procedure NAME update (default), invoke or uninstall\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"mac", required_argument, NULL, OPT_MAC},
	    {"decrypt", required_argument, NULL, OPT_DECRYPT},
	    {"dependency", required_argument, NULL, 'd'},
	    {"procedure", required_argument, NULL, 'p'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct request r;
	int o, status;

	r = (struct request){.procedure = SUIT_DO_UPDATE};
	while ((o = getopt_long(argc, argv, "k:d:p:h", options, NULL)) != -1) {
		switch (o) {
		case 'k':
		case OPT_MAC:
			(void)trust_option(&r.keys.trust, o, optarg);
			break;
		case OPT_DECRYPT:
			report_key_or_die(&r.keys, optarg);
			break;
		case 'd':
			shelf_add(&r.shelf, optarg);
			break;
		case 'p':
			if (!procedure_named(optarg, &r.procedure))
				die_usage("suit replay",
				    "--procedure %s is none", optarg);
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit replay",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
		}
	}
	if (argc - optind != 2)
		die_usage("suit replay", "a manifest and a report are wanted");
	r.manifest = argv[optind];
	r.report = argv[optind + 1];
	status = replay_files(&r);
	shelf_free(&r.shelf);
	report_keys_free(&r.keys);
	return status;
}
