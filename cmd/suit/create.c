/* create: the options of suit create and suit remove. */
#include "create.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: suit create RECIPE [--key KEY] [-o OUT]\n"
    "       suit create --component ID --payload FILE --sequence N "
    "[OPTIONS] [-o OUT]\n\n"
    "RECIPE is YAML or JSON, - for stdin; docs/suit-recipe.md describes it.\n"
    "\n"
    "  -c, --component ID    component, as text: ta/hello\n"
    "  -p, --payload FILE    its content\n"
    "  -s, --sequence N      sequence number; must grow with each release\n"
    "  -o, --output FILE     where to write the envelope; default: stdout\n"
    "  -k, --key FILE        private key (PEM): sign at once; may be repeated\n"
    "      --integrated      carry the payload in the envelope (default)\n"
    "      --uri URI         let the device fetch it from there instead;\n"
    "                        with --integrated: both\n"
    "      --inline          put it into the manifest itself (a few octets)\n"
    "      --vendor UUID|DOMAIN\n"
    "      --class UUID|TEXT only devices of this vendor and class install it\n"
    "      --manifest-id ID  where the manifest is kept; default: as ID\n"
    "      --invoke[=ARGS]   the component is started, with ARGS\n"
    "      --reference-uri URI  where this manifest can be had\n"
    "      --text-version TEXT  the component's version, for people\n"
    "      --sbom FILE       bind a bill of materials: SPDX, CycloneDX, "
    "CoSWID\n"
    "      --expand          print the exact recipe instead\n"
    "  -h, --help\n";

enum {
	OPT_INTEGRATED = 256,
	OPT_URI,
	OPT_INLINE,
	OPT_VENDOR,
	OPT_CLASS,
	OPT_MANIFEST_ID,
	OPT_INVOKE,
	OPT_REFERENCE,
	OPT_TEXT_VERSION,
	OPT_SBOM,
	OPT_EXPAND,
};

static const struct option options[] = {
    {"component", required_argument, NULL, 'c'},
    {"payload", required_argument, NULL, 'p'},
    {"sequence", required_argument, NULL, 's'},
    {"output", required_argument, NULL, 'o'},
    {"key", required_argument, NULL, 'k'},
    {"integrated", no_argument, NULL, OPT_INTEGRATED},
    {"uri", required_argument, NULL, OPT_URI},
    {"inline", no_argument, NULL, OPT_INLINE},
    {"vendor", required_argument, NULL, OPT_VENDOR},
    {"class", required_argument, NULL, OPT_CLASS},
    {"manifest-id", required_argument, NULL, OPT_MANIFEST_ID},
    {"invoke", optional_argument, NULL, OPT_INVOKE},
    {"reference-uri", required_argument, NULL, OPT_REFERENCE},
    {"text-version", required_argument, NULL, OPT_TEXT_VERSION},
    {"sbom", required_argument, NULL, OPT_SBOM},
    {"expand", no_argument, NULL, OPT_EXPAND},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* What stands once: the second would win, and the first be lost. */
static void
once(const struct request *q, const char **at, const char *option,
    const char *arg)
{
	if (*at != NULL)
		die_usage(q->command, "%s stands twice, '%s' and '%s'", option,
		    *at, arg);
	*at = arg;
}

/* Octets that every URI is made of.                      [RFC 3986 2] */
static const char *
uri_read(const struct request *q, const char *option, const char *uri)
{
	size_t n = 0;

	while (uri[n] > ' ' && uri[n] < 0x7f &&
	       strchr("\"<>\\^`{|}", uri[n]) == NULL)
		n++;
	if (n == 0 || uri[n] != 0)
		die_usage(q->command,
		    "%s '%s' is no URI: write octets that it may not have as "
		    "%%XX",
		    option, uri);
	return uri;
}

static bool
set(struct request *q, int o, const char *arg)
{
	switch (o) {
	case 'c':
		once(q, &q->one.component, "--component", arg);
		break;
	case 'p':
		once(q, &q->one.payload, "--payload", arg);
		break;
	case 's':
		once(q, &q->sequence, "--sequence", arg);
		break;
	case 'o':
		q->output = arg;
		break;
	case 'k':
		by_key(&q->by, arg);
		break;
	case OPT_INTEGRATED:
		q->one.integrated = true;
		break;
	case OPT_URI:
		once(q, &q->one.uri, "--uri", uri_read(q, "--uri", arg));
		break;
	case OPT_INLINE:
		q->one.inlined = true;
		break;
	case OPT_VENDOR:
		q->one.vendor = arg;
		break;
	case OPT_CLASS:
		q->one.class_id = arg;
		break;
	case OPT_MANIFEST_ID:
		q->one.manifest_id = arg;
		break;
	case OPT_INVOKE:
		q->one.invoke = true;
		q->one.args = arg;
		break;
	case OPT_REFERENCE:
		q->one.reference_uri = uri_read(q, "--reference-uri", arg);
		break;
	case OPT_TEXT_VERSION:
		q->one.version = arg;
		break;
	case OPT_SBOM:
		q->sbom = arg;
		break;
	case OPT_EXPAND:
		q->expand = true;
		break;
	default:
		return false;
	}
	return true;
}

static void
id_check(const struct request *q, const char *option, const char *text)
{
	uint8_t room[SUIT_ID_MAX + 8];
	struct bytes id;

	if (text != NULL && suit_id_from_text(text, SPAN_OF(room), &id) != OK)
		die_usage(q->command,
		    "%s '%s' is no identifier; write segments of A-Z a-z 0-9 "
		    ". _ - joined by /, other octets as %%XX",
		    option, text);
}

static void
sequence_read(struct request *q)
{
	if (number_read(q->sequence, UINT64_MAX, &q->one.sequence) != OK)
		die_usage(q->command,
		    "--sequence '%s' is no number from 0 to 2^64-1",
		    q->sequence);
}

/* A domain has a dot; anything else is more likely a UUID with a slip. */
static void
device_check(const struct request *q)
{
	const char *vendor = q->one.vendor, *class_id = q->one.class_id;
	uint8_t uuid[16], room[16];

	if (class_id != NULL && vendor == NULL)
		die_usage(q->command, "--class needs --vendor");
	if (vendor == NULL)
		return;
	if ((!uuid_plain(vendor, uuid) && strchr(vendor, '.') == NULL) ||
	    uuid_read(vendor, uuid_dns, uuid) != OK)
		die_usage(q->command,
		    "--vendor '%s' is neither a UUID nor a domain such as "
		    "example.com",
		    vendor);
	if (class_id != NULL && uuid_read(class_id, uuid, room) != OK)
		die_usage(q->command,
		    "--class is a UUID or a text of 1 to %d octets",
		    UUID_NAME_MAX);
}

/* What stays outside of the envelope may have any size. */
static void
content_measure(struct request *q)
{
	enum err e = measure_file(
	    crypto_or_die(PROG), q->one.payload, q->one.digest, &q->one.size);

	if (e == OK && (q->one.uri == NULL || q->one.integrated) &&
	    q->one.size > SUIT_ENVELOPE_MAX)
		e = ERR_TOO_LONG;
	if (e != OK) {
		print_err(PROG, q->one.payload, e);
		exit(EXIT_REFUSED);
	}
}

/* `suit remove`: the manifest after which these are gone. */
int
cmd_remove(int argc, char **argv)
{
	static const char use[] =
	    "usage: suit remove --component ID... --sequence N [OPTIONS] "
	    "[-o OUT]\n\n"
	    "Write the manifest that uninstalls components.\n\n"
	    "  -c, --component ID    may be repeated\n"
	    "  -s, --sequence N      above that of what is installed\n"
	    "      --manifest-id ID  of the manifest that installed it; "
	    "default: the component\n"
	    "      --vendor UUID|DOMAIN, --class UUID|TEXT\n"
	    "  -k, --key FILE        sign at once; may be repeated\n"
	    "  -o, --output FILE     default: stdout\n"
	    "  -h, --help\n";
	static struct request q; /* too large for a stack */
	const char *id[32];
	size_t n_ids = 0;
	int o;

	q = (struct request){.command = "suit remove", .output = "-"};
	while (
	    (o = getopt_long(argc, argv, "c:s:o:k:h", options, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(use, stdout);
			return EXIT_DONE;
		}
		if (o == 'c' && n_ids < ARRAY_LEN(id))
			id[n_ids++] = optarg;
		else if (o == 's' || o == 'o' || o == 'k' ||
			 o == OPT_MANIFEST_ID || o == OPT_VENDOR ||
			 o == OPT_CLASS)
			(void)set(&q, o, optarg);
		else
			die_usage("suit remove",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
	}
	if (optind != argc || n_ids == 0 || q.sequence == NULL)
		die_usage(
		    "suit remove", "--component and --sequence are needed");
	sequence_read(&q);
	for (size_t i = 0; i < n_ids; i++)
		id_check(&q, "--component", id[i]);
	id_check(&q, "--manifest-id", q.one.manifest_id);
	device_check(&q);
	return create_from_options(
	    &q, delivery_removal(id, n_ids, q.one.sequence, q.one.manifest_id,
		    q.one.vendor, q.one.class_id));
}

int
cmd_create(int argc, char **argv)
{
	static struct request q; /* too large for a stack */
	int o;

	q = (struct request){.command = "suit create", .output = "-"};
	while (
	    (o = getopt_long(argc, argv, "c:p:s:o:k:h", options, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (!set(&q, o, optarg))
			die_usage("suit create",
			    "unknown or incomplete option "
			    "%s",
			    argv[optind - 1]);
	}
	if (optind == argc - 1 && q.one.component == NULL &&
	    q.one.payload == NULL && q.sequence == NULL)
		return create_from_recipe(&q, argv[optind]);
	if (optind != argc)
		die_usage("suit create", "what is %s for?", argv[optind]);
	if (q.one.component == NULL || q.one.payload == NULL ||
	    q.sequence == NULL)
		die_usage("suit create", "a RECIPE, or --component, --payload "
					 "and --sequence are needed");
	if (q.one.inlined && (q.one.uri != NULL || q.one.integrated))
		die_usage("suit create", "--inline excludes --uri and "
					 "--integrated");
	if (q.one.uri != NULL && q.one.uri[0] == '#' && !q.one.integrated)
		die(PROG, EXIT_REFUSED,
		    "--uri %s: %s: what begins with # is in the envelope: "
		    "--integrated carries it there",
		    q.one.uri, err_name(ERR_URI));
	id_check(&q, "--component", q.one.component);
	id_check(&q, "--manifest-id", q.one.manifest_id);
	sequence_read(&q);
	device_check(&q);
	content_measure(&q);
	return create_from_options(&q, delivery_single(&q.one));
}
