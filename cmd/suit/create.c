/* create: an envelope from a recipe, or of one component from options. */
#include "delivery.h"
#include "signers.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: suit create RECIPE [--key KEY] [-o OUT]\n"
    "       suit create --component ID --payload FILE --sequence N "
    "[OPTIONS] [-o OUT]\n\n"
    "RECIPE is YAML or JSON, - for stdin; docs/suit-recipe.md describes it.\n"
    "      --sbom FILE       bind a bill of materials: SPDX, CycloneDX, "
    "CoSWID\n"
    "      --expand          print the exact recipe of a delivery instead\n"
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

/* The options as given, and what they are turned into. */
struct request {
	const char *command; /* for messages */
	const char *component, *payload, *sequence, *output, *uri, *sbom;
	bool expand;
	struct signing by;
	const char *vendor, *class_id, *manifest_id;
	bool integrated, inlined;
	struct suit_recipe recipe;
	uint8_t component_room[SUIT_ID_MAX + 8];
	uint8_t manifest_room[SUIT_ID_MAX + 8];
	uint8_t vendor_room[16], class_room[16], digest[DIGEST_LEN];
	struct bytes content;
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
		once(q, &q->component, "--component", arg);
		break;
	case 'p':
		once(q, &q->payload, "--payload", arg);
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
		q->integrated = true;
		break;
	case OPT_URI:
		once(q, &q->uri, "--uri", uri_read(q, "--uri", arg));
		break;
	case OPT_INLINE:
		q->inlined = true;
		break;
	case OPT_VENDOR:
		q->vendor = arg;
		break;
	case OPT_CLASS:
		q->class_id = arg;
		break;
	case OPT_MANIFEST_ID:
		q->manifest_id = arg;
		break;
	case OPT_INVOKE:
		q->recipe.invoke = true;
		if (arg != NULL)
			q->recipe.args = bytes_of_text(arg);
		break;
	case OPT_REFERENCE:
		q->recipe.reference_uri =
		    bytes_of_text(uri_read(q, "--reference-uri", arg));
		break;
	case OPT_TEXT_VERSION:
		q->recipe.text_version = bytes_of_text(arg);
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

static struct bytes
id_read(const struct request *q, const char *option, const char *text,
    struct span room)
{
	struct bytes id;

	if (suit_id_from_text(text, room, &id) != OK)
		die_usage(q->command,
		    "%s '%s' is no identifier; write segments of A-Z a-z 0-9 "
		    ". _ - joined by /, other octets as %%XX",
		    option, text);
	return id;
}

static void
sequence_read(struct request *q)
{
	if (number_read(q->sequence, UINT64_MAX, &q->recipe.sequence) != OK)
		die_usage(q->command,
		    "--sequence '%s' is no number from 0 to 2^64-1",
		    q->sequence);
}

static void
ids_read(struct request *q)
{
	struct suit_recipe *r = &q->recipe;

	r->component =
	    id_read(q, "--component", q->component, SPAN_OF(q->component_room));
	if (q->manifest_id != NULL)
		r->manifest_id = id_read(q, "--manifest-id", q->manifest_id,
		    SPAN_OF(q->manifest_room));
	sequence_read(q);
}

/* A domain has a dot; anything else is more likely a UUID with a slip. */
static void
device_read(struct request *q)
{
	struct suit_recipe *r = &q->recipe;

	if (q->class_id != NULL && q->vendor == NULL)
		die_usage(q->command, "--class needs --vendor");
	if (q->vendor == NULL)
		return;
	if ((!uuid_plain(q->vendor, q->vendor_room) &&
		strchr(q->vendor, '.') == NULL) ||
	    uuid_read(q->vendor, uuid_dns, q->vendor_room) != OK)
		die_usage(q->command,
		    "--vendor '%s' is neither a UUID nor a domain such as "
		    "example.com",
		    q->vendor);
	r->vendor = BYTES_OF(q->vendor_room);
	if (q->class_id == NULL)
		return;
	if (uuid_read(q->class_id, q->vendor_room, q->class_room) != OK)
		die_usage(q->command,
		    "--class is a UUID or a text of 1 to %d octets",
		    UUID_NAME_MAX);
	r->class_id = BYTES_OF(q->class_room);
}

static void
content_read(struct request *q)
{
	struct suit_recipe *r = &q->recipe;
	const struct crypto *c = crypto_or_die(PROG);
	enum err e = OK;

	/* what stays outside may have any size */
	if (q->uri == NULL || q->integrated)
		e = read_file(q->payload, SUIT_ENVELOPE_MAX, &q->content);
	if (e == OK)
		e = measure_file(c, q->payload, q->digest, &r->size);
	if (e != OK) {
		print_err(PROG, q->payload, e);
		exit(EXIT_REFUSED);
	}
	r->digest = BYTES_OF(q->digest);
	r->uri = q->uri != NULL ? bytes_of_text(q->uri) : BYTES_LIT("#payload");
	if (q->inlined)
		r->content = q->content;
	else if (q->uri == NULL || q->integrated)
		r->payload = q->content;
}

/* Write it, or a signed copy. */
static int
hand_over(struct request *q, struct bytes out, const char *name)
{
	struct bytes whole = BYTES_NONE;
	enum err e;

	if (q->by.n > 0) {
		if (!signing_run(&q->by, out, name, &whole))
			return EXIT_REFUSED;
		out = whole;
	}
	e = write_file_atomic(q->output, out, WRITE_PUBLIC);
	if (e != OK)
		print_err(PROG, q->output, e);
	release_bytes(&whole);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

/* The manifest of one component. */
static int
write_out(struct request *q)
{
	struct cbor_out measure = cbor_measure(), w;
	const struct crypto *c = crypto_or_die(PROG);
	enum err e = suit_author(&measure, c, &q->recipe);
	struct bytes out;
	uint8_t *room;
	int status;

	if (e == OK && measure.at > SUIT_ENVELOPE_MAX)
		e = ERR_TOO_LONG;
	room = e == OK ? malloc(measure.at) : NULL;
	if (e == OK && room == NULL)
		e = ERR_MEMORY;
	if (e == OK) {
		w = cbor_into((struct span){room, measure.at});
		e = suit_author(&w, c, &q->recipe);
		if (e == OK)
			e = cbor_done(&w, &out);
	}
	if (e != OK) {
		free(room);
		print_err(PROG, q->payload, e);
		return EXIT_REFUSED;
	}
	status = hand_over(q, out, q->payload);
	free(room);
	return status;
}

/* "sign": one key or a list of them. */
static void
signers_of(struct request *q, struct doc *d)
{
	struct spot at = doc_may(d, doc_root(d), "sign");
	size_t n = doc_is_list(at) ? doc_list(d, at, 1, SUIT_SIGNERS_MAX)
				   : at.node != NULL;

	for (size_t i = 0; i < n && doc_good(d); i++) {
		const char *path =
		    doc_path(d, doc_is_list(at) ? doc_item(d, at, i) : at);

		if (doc_good(d))
			by_key(&q->by, path);
	}
}

static int
from_text(struct request *q, const char *file, struct bytes text)
{
	static struct recipe r; /* too large for a stack */
	struct doc d = {.crypto = crypto_or_die(PROG)}, exact = {.now = 0};
	struct doc *use = &d;
	int status = EXIT_REFUSED;
	char *expanded = NULL;
	json_t *v = NULL;

	d.now = (uint64_t)time(NULL);
	if (doc_load(&d, file, text) &&
	    delivery_expand(&d, &exact, &expanded, &v))
		use = &exact;
	r = (struct recipe){.doc = use, .sbom = q->sbom};
	if (q->expand && v != NULL && doc_good(use)) {
		doc_put_yaml(stdout, v);
		status = EXIT_DONE;
	} else if (doc_good(&d) && doc_good(use) &&
		   recipe_read(&r, doc_root(use)) != NULL && recipe_check(&r)) {
		signers_of(q, use);
		if (q->expand)
			(void)fwrite(text.p, 1, text.n, stdout);
		if (doc_good(use))
			status = q->expand
				     ? EXIT_DONE
				     : hand_over(q, recipe_octets(&r), file);
	}
	if (!doc_good(&d))
		(void)fprintf(stderr, PROG ": %s\n", d.message);
	else if (!doc_good(use))
		(void)fprintf(stderr, PROG ": %s%s\n", use->message,
		    use == &exact ? " (lines of 'suit create --expand')" : "");
	json_decref(v);
	free(expanded);
	doc_free(&exact);
	doc_free(&d);
	signing_free(&q->by);
	return status;
}

static int
from_recipe(struct request *q, const char *file)
{
	struct bytes text;
	enum err e = read_file(file, DOC_MAX, &text);
	int status;

	if (e != OK) {
		print_err(PROG, file, e);
		return EXIT_REFUSED;
	}
	/* neither YAML nor JSON begins with a tag or a map of CBOR */
	if (text.n > 0 && text.p[0] >= 0x80 && text.p[0] < 0xe0)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: no text, and so no recipe; 'suit recipe' prints "
		    "that of an envelope",
		    file, err_name(ERR_TEXT));
	status = from_text(q, file, text);
	release_bytes(&text);
	return status;
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
	size_t n_ids = 0, n = 0;
	char *text = NULL;
	int o, status;
	json_t *v;
	FILE *f;

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
		(void)id_read(
		    &q, "--component", id[i], SPAN_OF(q.component_room));
	if (q.manifest_id != NULL)
		(void)id_read(&q, "--manifest-id", q.manifest_id,
		    SPAN_OF(q.manifest_room));
	device_read(&q);
	v = delivery_removal(
	    id, n_ids, q.recipe.sequence, q.manifest_id, q.vendor, q.class_id);
	f = open_memstream(&text, &n);
	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	doc_put_yaml(f, v);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	json_decref(v);
	status =
	    from_text(&q, "options", (struct bytes){(const uint8_t *)text, n});
	free(text);
	return status;
}

int
cmd_create(int argc, char **argv)
{
	static struct request q; /* too large for a stack */
	int o, status;

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
	if (optind == argc - 1 && q.component == NULL && q.payload == NULL &&
	    q.sequence == NULL)
		return from_recipe(&q, argv[optind]);
	if (optind != argc)
		die_usage("suit create", "what is %s for?", argv[optind]);
	if (q.sbom != NULL || q.expand)
		die_usage("suit create", "--sbom and --expand want a RECIPE");
	if (q.component == NULL || q.payload == NULL || q.sequence == NULL)
		die_usage("suit create", "a RECIPE, or --component, --payload "
					 "and --sequence are needed");
	if (q.inlined && (q.uri != NULL || q.integrated))
		die_usage("suit create", "--inline excludes --uri and "
					 "--integrated");
	ids_read(&q);
	device_read(&q);
	content_read(&q);
	status = write_out(&q);
	signing_free(&q.by);
	release_bytes(&q.content);
	return status;
}
