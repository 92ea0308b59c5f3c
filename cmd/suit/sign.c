/* sign: add one authentication block to an envelope. */
#include "suit.h"

#include <getopt.h>
#include <stdlib.h>

/* Room that one more block takes: COSE and longer heads. */
#define BLOCK_ROOM COSE_OVERHEAD

int
sign_to(struct bytes in, const char *in_name, const char *key_path,
    const char *out_path)
{
	struct cbor_out w;
	struct bytes out;
	struct signer s;
	uint8_t *room = NULL;
	const struct crypto *c = crypto_or_die(PROG);
	enum err e = load_signer(key_path, &s);
	const char *about = in_name;

	if (e != OK) {
		print_key_err(PROG, key_path, true, e);
		return EXIT_REFUSED;
	}
	e = ERR_MEMORY;
	room = malloc(in.n + BLOCK_ROOM);
	if (room == NULL)
		goto out;
	w = cbor_into((struct span){room, in.n + BLOCK_ROOM});
	e = suit_author_sign(&w, c, in, &s);
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e != OK)
		goto out;
	about = out_path;
	e = write_file_atomic(out_path, out, WRITE_PUBLIC);
out:
	if (e == ERR_EXISTS)
		(void)fprintf(stderr,
		    PROG ": %s: exists: signed by this key "
			 "already; signatures count by keys\n",
		    about);
	else if (e != OK)
		print_err(PROG, about, e);
	openssl_signer_free(&s);
	free(room);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

int
cmd_sign(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit sign --key KEY IN -o OUT\n\n"
	    "Add a signature.  Sign again with other keys for k of n.\n\n"
	    "  -k, --key FILE     private key (PEM)\n"
	    "  -o, --output FILE  where to write, - for stdout\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"output", required_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	const char *key = NULL, *output = NULL;
	struct bytes in;
	int o, status;

	while ((o = getopt_long(argc, argv, "k:o:h", options, NULL)) != -1) {
		switch (o) {
		case 'k':
			key = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit sign",
			    "unknown or incomplete option "
			    "%s",
			    argv[optind - 1]);
		}
	}
	if (optind != argc - 1 || key == NULL || output == NULL)
		die_usage("suit sign", "--key, -o and one file are needed");
	in = read_envelope(argv[optind]);
	status = sign_to(in, argv[optind], key, output);
	release_bytes(&in);
	return status;
}
