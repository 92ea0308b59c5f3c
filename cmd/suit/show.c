/*
 * show: an envelope in diagnostic notation, with the names of members,
 * commands, parameters and COSE headers as comments.  Shows what is there,
 * right or wrong, as long as it is well-formed CBOR.
 */
#include "diag.h"
#include "trust.h"

#include <getopt.h>
#include <tamarind/cbor.h>

/* Who answers for what follows. */
static enum err
print_trust(struct bytes in, struct trust *t, struct why *why)
{
	struct keyring view;
	struct suit_manifest m;
	enum err e;

	trust_chains(t, in);
	view = key_ring_view(&t->ring);
	if (trust_nobody(t)) {
		(void)puts("# not verified: give --key to verify");
		return OK;
	}
	e = suit_open(crypto_or_die(PROG), &view, in, &m, why);
	if (e != OK) {
		(void)printf("# NOT VERIFIED: %s\n", err_name(e));
		return e;
	}
	for (size_t i = 0; i < m.n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m.signer[i], KID_LEN});
		(void)printf("# verified: signed by %s (", kid);
		safe_put(stdout,
		    bytes_of_text(key_ring_name(&t->ring, m.signer[i])));
		(void)puts(")");
	}
	return OK;
}

/* A strict reader takes one encoding only; say which rule this one breaks. */
static void
print_strict(struct bytes in)
{
	size_t at;
	enum err e = cbor_check(in, &at);

	if (e != OK)
		(void)printf("# a device refuses this encoding: %s: %s "
			     "(offset %zu)\n",
		    err_name(e), err_text(e), at);
}

static enum err
show(struct bytes in, struct trust *t, struct diag_style style, struct why *why)
{
	struct diag *d = diag_open(in, why);
	const char *title;
	bool envelope;
	enum err e = OK;

	if (d == NULL)
		return why->err;
	title = diag_title(d, &envelope);
	if (envelope)
		e = print_trust(in, t, why);
	else
		(void)printf("# %s, not a SUIT envelope\n", title);
	print_strict(in);
	diag_print(d, stdout, style);
	diag_close(d);
	return e;
}

int
cmd_show(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit show [--full] [--offsets] [OPTIONS] FILE\n\n"
	    "Print an envelope in diagnostic notation, with names.  With a "
	    "key it\n"
	    "is verified, and its first line says so.\n\n" TRUST_USAGE
	    "  -f, --full             whole strings, however long\n"
	    "  -o, --offsets          where each key, command and item stands\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    TRUST_OPTIONS,
	    {"full", no_argument, NULL, 'f'},
	    {"offsets", no_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct diag_style style = {.full = false};
	static struct trust trust;
	struct why why = {.err = OK};
	struct bytes in;
	enum err e;
	int o;

	while ((o = getopt_long(argc, argv, "k:foh", options, NULL)) != -1) {
		switch (o) {
		case 'f':
			style.full = true;
			break;
		case 'o':
			style.offsets = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			if (!trust_option(&trust, o, optarg))
				die_usage("suit show",
				    "unknown or incomplete option %s",
				    argv[optind - 1]);
			break;
		}
	}
	if (optind != argc - 1)
		die_usage("suit show", "one file is needed");
	in = read_envelope(argv[optind]);
	e = show(in, &trust, style, &why);
	if (e != OK)
		trust_print_why(&trust, argv[optind], in, &why);
	trust_free(&trust);
	release_bytes(&in);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
