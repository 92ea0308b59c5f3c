/*
 * parts: what an envelope carries besides its manifest: taken out, put in,
 * written to files.  Wrapper and manifest keep their octets, so that every
 * signature holds.                                    [SUIT 2.2, 2.14]
 */
#include "recipe.h"
#include "rehearse.h"
#include "trust.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct parts {
	struct pool pool;
	struct item *envelope, *map, *manifest;
	struct bytes in;
	const char *name, *output, *file;
	const char *member[8], *uri[8];
	size_t n_members, n_uris;
	bool list;
	struct trust trust; /* extract only */
};

static const struct option options[] = {
    TRUST_OPTIONS,
    {"member", required_argument, NULL, 'm'},
    {"uri", required_argument, NULL, 'u'},
    {"payload", required_argument, NULL, 'p'},
    {"list", no_argument, NULL, 'l'},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

_Noreturn static void
refuse(const struct parts *x, const char *what, const char *name)
{
	die(PROG, EXIT_REFUSED, "%s: %s%s%s", x->name, what,
	    name[0] != 0 ? ": " : "", name);
}

static void
open_envelope(struct parts *x, const char *name)
{
	size_t at;

	x->name = name;
	x->in = read_envelope(name);
	if (item_read_all(&x->pool, x->in, &x->envelope, &at) != OK) {
		refuse_envelope(name, x->in, ERR_TYPE);
		exit(EXIT_REFUSED);
	}
	x->map =
	    x->envelope->type == CBOR_TAG ? x->envelope->first : x->envelope;
	x->manifest = item_get(x->map, 3);
	x->manifest =
	    x->manifest != NULL ? item_open(&x->pool, x->manifest) : NULL;
	if (x->manifest == NULL || x->manifest->type != CBOR_MAP) {
		refuse_envelope(name, x->in, ERR_TYPE);
		exit(EXIT_REFUSED);
	}
}

static void
parts_read(struct parts *x, const char *command, int argc, char **argv,
    const char *usage)
{
	bool extracts = strcmp(command, "suit extract") == 0;
	int o;

	*x = (struct parts){.output = "-"};
	/* those of trust stand first */
	while ((o = getopt_long(argc, argv,
		    extracts ? "k:m:u:p:lo:h" : "m:u:p:lo:h",
		    extracts ? options : options + 3, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			exit(EXIT_DONE);
		} else if (o == 'm' && x->n_members < ARRAY_LEN(x->member)) {
			x->member[x->n_members++] = optarg;
		} else if (o == 'u' && x->n_uris < ARRAY_LEN(x->uri)) {
			x->uri[x->n_uris++] = optarg;
		} else if (o == 'p') {
			x->file = optarg;
		} else if (o == 'l') {
			x->list = true;
		} else if (o == 'o') {
			x->output = optarg;
		} else if (!extracts || !trust_option(&x->trust, o, optarg)) {
			die_usage(command, "unknown or incomplete option %s",
			    argv[optind - 1]);
		}
	}
	if (optind != argc - 1)
		die_usage(command, "one envelope is needed");
	open_envelope(x, argv[optind]);
}

static int
parts_write(struct parts *x, struct bytes out)
{
	enum err e = write_file_atomic(x->output, out, WRITE_PUBLIC);

	if (e != OK)
		print_err(PROG, x->output, e);
	pool_free(&x->pool);
	release_bytes(&x->in);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

static int64_t
member_key(const struct parts *x, const char *name)
{
	const struct row *row = row_named(&rows_member, name);

	if (row == NULL || !member_severable(row->key))
		refuse(x,
		    "no such member; install, text, payload-fetch, coswid, "
		    "dependency-resolution and candidate-verification can "
		    "be severed, not",
		    name);
	return row->key;
}

/* The link to a payload's key; NULL: there is none. */
static struct item **
payload(struct parts *x, const char *uri)
{
	struct item **at = &x->map->first;

	for (; *at != NULL && (*at)->next != NULL; at = &(*at)->next->next)
		if ((*at)->type == CBOR_TSTR &&
		    bytes_same((*at)->text, bytes_of_text(uri)))
			return at;
	return NULL;
}

int
cmd_sever(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit sever [--member NAME]... [--uri URI]... IN "
	    "[-o OUT]\n\n"
	    "Take out what the manifest knows by digest; signatures hold.\n"
	    "Without options: every severed member, no payload.\n\n"
	    "  -m, --member NAME  install, text, payload-fetch, coswid...\n"
	    "  -u, --uri URI      the payload under it\n"
	    "  -o, --output FILE  default: stdout\n"
	    "  -h, --help\n";
	static const int64_t all[] = {14, 15, 16, 18, 20, 23};
	struct parts x;

	parts_read(&x, "suit sever", argc, argv, usage);
	for (size_t i = 0; i < x.n_members; i++)
		if (!item_drop(x.map, member_key(&x, x.member[i])))
			refuse(&x, "not in the envelope", x.member[i]);
	for (size_t i = 0; i < x.n_uris; i++) {
		struct item **at = payload(&x, x.uri[i]);

		if (at == NULL)
			refuse(&x,
			    "there is no payload under this URI ('suit "
			    "extract --list' has all)",
			    x.uri[i]);
		*at = (*at)->next->next;
	}
	if (x.n_members + x.n_uris == 0)
		for (size_t i = 0; i < ARRAY_LEN(all); i++)
			(void)item_drop(x.map, all[i]);
	return parts_write(&x, item_bytes(&x.pool, x.envelope));
}

/* Does the manifest have this very digest for the member? */
static bool
digest_holds(struct parts *x, int64_t key, const struct item *member)
{
	struct bytes over = item_bytes(&x->pool, member);
	struct item *sum = item_get(x->manifest, key);
	uint8_t want[DIGEST_LEN];

	return sum != NULL && sum->type == CBOR_ARRAY && item_count(sum) == 2 &&
	       item_is(sum->first, ALG_SHA256) &&
	       sum->first->next->type == CBOR_BSTR &&
	       crypto_or_die(PROG)->sha256(&over, 1, want) == OK &&
	       bytes_same(sum->first->next->text, BYTES_OF(want));
}

int
cmd_attach(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit attach --payload FILE --uri URI IN [-o OUT]\n"
	    "       suit attach --payload FILE --member NAME IN [-o OUT]\n\n"
	    "Put a payload under a URI, or a severed member back.  A member\n"
	    "must have the manifest's digest; 'suit verify' compares a "
	    "payload.\n\n"
	    "  -p, --payload FILE  the octets\n"
	    "  -u, --uri URI       where the manifest looks for them\n"
	    "  -m, --member NAME   install, text, payload-fetch, coswid...\n"
	    "  -o, --output FILE   default: stdout\n"
	    "  -h, --help\n";
	struct item *value;
	struct bytes file;
	struct parts x;
	int status;
	enum err e;

	parts_read(&x, "suit attach", argc, argv, usage);
	if (x.file == NULL || x.n_members + x.n_uris != 1)
		die_usage("suit attach",
		    "--payload and one of --uri and --member are needed");
	e = read_file(x.file, SUIT_ENVELOPE_MAX, &file);
	if (e != OK) {
		print_err(PROG, x.file, e);
		return EXIT_REFUSED;
	}
	value = item_string(&x.pool, CBOR_BSTR, file);
	if (x.n_uris == 1) {
		if (payload(&x, x.uri[0]) != NULL)
			refuse(&x,
			    "there is a payload already under this URI; "
			    "'suit sever --uri' takes it out",
			    x.uri[0]);
		item_add_pair(x.map, item_words(&x.pool, x.uri[0]), value);
	} else {
		int64_t key = member_key(&x, x.member[0]);

		if (!digest_holds(&x, key, value))
			refuse(&x, "the manifest has another digest, or none",
			    x.member[0]);
		item_set(&x.pool, x.map, key, value);
	}
	if (!map_sort(&x.pool, x.map))
		refuse(&x, "one key stands twice", "");
	status = parts_write(&x, item_bytes(&x.pool, x.envelope));
	release_bytes(&file);
	return status;
}

/* If somebody is trusted: only of what one of them signed, and only what that
 * says. */
static void
believe(struct parts *x)
{
	struct keyring ring = key_ring_view(&x->trust.ring);
	struct rehearsing dry = {.ring = &ring};
	struct why why = {.err = OK};
	struct suit_manifest m;
	enum err e;

	if (trust_nobody(&x->trust))
		return;
	trust_chains(&x->trust, x->in);
	ring = key_ring_view(&x->trust.ring);
	e = suit_open(crypto_or_die(PROG), &ring, x->in, &m, &why);
	if (e == OK && rehearse(&dry, &m, &why) == REHEARSAL_WRONG)
		e = why.err;
	if (e != OK)
		trust_print_why(&x->trust, x->name, x->in, &why);
	trust_free(&x->trust);
	if (e != OK)
		exit(EXIT_REFUSED);
}

int
cmd_extract(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit extract --uri URI | --member NAME | --list IN "
	    "[-o FILE]\n\n"
	    "Write a payload or a severable member to a file.  With a key, "
	    "only\n"
	    "of an envelope that it signed and whose payloads are "
	    "right.\n\n" TRUST_USAGE
	    "  -u, --uri URI          the payload under it\n"
	    "  -m, --member NAME      install, text, payload-fetch, coswid...\n"
	    "  -l, --list             the URIs of all payloads and their "
	    "sizes\n"
	    "  -o, --output FILE      default: stdout\n"
	    "  -h, --help\n";
	const struct item *value = NULL;
	struct item **at;
	struct parts x;

	parts_read(&x, "suit extract", argc, argv, usage);
	believe(&x);
	if (x.list) {
		for (struct item *k = x.map->first;
		     k != NULL && k->next != NULL; k = k->next->next) {
			if (k->type != CBOR_TSTR || k->next->type != CBOR_BSTR)
				continue;
			safe_put(stdout, k->text);
			(void)printf("\t%zu\n", k->next->text.n);
		}
		pool_free(&x.pool);
		release_bytes(&x.in);
		return EXIT_DONE;
	}
	if (x.n_members + x.n_uris != 1)
		die_usage("suit extract",
		    "one of --uri, --member and --list is needed");
	if (x.n_uris == 1) {
		at = payload(&x, x.uri[0]);
		value = at != NULL ? (*at)->next : NULL;
	} else {
		int64_t key = member_key(&x, x.member[0]);

		value = item_get(x.map, key);
		if (value == NULL)
			value = item_get(x.manifest, key);
	}
	if (value == NULL || value->type != CBOR_BSTR)
		refuse(&x, "it is not in the envelope",
		    x.n_uris == 1 ? x.uri[0] : x.member[0]);
	return parts_write(&x, value->content != NULL
				   ? item_bytes(&x.pool, value->content)
				   : value->text);
}
