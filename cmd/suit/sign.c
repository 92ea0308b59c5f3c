/* sign: add authentication blocks to an envelope. */
#include "signers.h"

#include <getopt.h>
#include <stdlib.h>

static const char usage[] =
    "usage: suit sign SIGNER... IN [-o OUT]\n"
    "       suit sign --detached PUB IN -o TO-SIGN\n"
    "       suit sign --detached PUB --signature FILE IN -o OUT\n\n"
    "Add signatures.  Sign with several keys for k of n.\n\n"
    "  -k, --key FILE        private key (PEM)\n"
    "      --pkcs11 URI      key in a token: pkcs11:token=T;object=O\n"
    "                        ?module-path=FILE&pin-source=FILE\n"
    "      --signer CMD      let a shell command sign: octets on its stdin,\n"
    "                        signature on its stdout; after --public\n"
    "      --public PUB      the public key of the next --signer\n"
    "      --mac FILE        add a MAC by a key that is shared, 32 octets\n"
    "      --kid TEXT        the name of the next --mac key\n"
    "      --detached PUB    write the octets that somebody is to sign\n"
    "      --signature FILE  and take the signature back\n"
    "      --inside URI      sign the integrated manifest under this URI;\n"
    "                        again: the one within that\n"
    "      --x5chain FILE    certificates (PEM) to go with the signature,\n"
    "                        the signer's first\n"
    "      --receipt FILE    of a transparency log that has the manifest's\n"
    "                        digest, to go with the last signature; again:\n"
    "                        another log's\n"
    "      --legacy          name the algorithm ES256 or EdDSA, for devices\n"
    "                        that know no ESP256 and Ed25519\n"
    "  -o, --output FILE     where to write; default: stdout\n"
    "  -h, --help\n";

enum {
	OPT_PKCS11 = 256,
	OPT_SIGNER,
	OPT_PUBLIC,
	OPT_DETACHED,
	OPT_SIGNATURE,
	OPT_INSIDE,
	OPT_X5CHAIN,
	OPT_LEGACY,
	OPT_RECEIPT,
	OPT_MAC,
	OPT_KID,
};

static const struct option options[] = {
    {"key", required_argument, NULL, 'k'},
    {"pkcs11", required_argument, NULL, OPT_PKCS11},
    {"signer", required_argument, NULL, OPT_SIGNER},
    {"public", required_argument, NULL, OPT_PUBLIC},
    {"detached", required_argument, NULL, OPT_DETACHED},
    {"signature", required_argument, NULL, OPT_SIGNATURE},
    {"inside", required_argument, NULL, OPT_INSIDE},
    {"x5chain", required_argument, NULL, OPT_X5CHAIN},
    {"mac", required_argument, NULL, OPT_MAC},
    {"kid", required_argument, NULL, OPT_KID},
    {"receipt", required_argument, NULL, OPT_RECEIPT},
    {"legacy", no_argument, NULL, OPT_LEGACY},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct request {
	struct signing g;
	const char *output, *public, *detached, *signature, *kid;
};

static void
set(struct request *q, int o, const char *arg)
{
	switch (o) {
	case 'k':
		by_key(&q->g, arg);
		break;
	case OPT_PKCS11:
		by_token(&q->g, arg);
		break;
	case OPT_SIGNER:
		if (q->public == NULL)
			die_usage("suit sign", "--signer wants the --public "
					       "key before it");
		by_command(&q->g, arg, q->public);
		q->public = NULL;
		break;
	case OPT_PUBLIC:
		q->public = arg;
		break;
	case OPT_DETACHED:
		q->detached = arg;
		break;
	case OPT_SIGNATURE:
		q->signature = arg;
		break;
	case OPT_INSIDE:
		if (q->g.n_inside == ARRAY_LEN(q->g.inside))
			die_usage("suit sign", "--inside: four levels at most");
		q->g.inside[q->g.n_inside++] = arg;
		break;
	case OPT_X5CHAIN:
		if (q->g.chain.p != NULL)
			die_usage("suit sign", "one --x5chain");
		chain_add(&q->g, arg);
		break;
	case OPT_KID:
		q->kid = arg;
		break;
	case OPT_MAC:
		by_mac(&q->g, arg, q->kid);
		q->kid = NULL;
		break;
	case OPT_RECEIPT:
		receipt_add(&q->g, arg);
		break;
	case OPT_LEGACY:
		q->g.legacy = true;
		break;
	default:
		q->output = arg;
		break;
	}
}

static int
write_signed(struct request *q, const char *name)
{
	struct bytes in = read_envelope(name), out;
	bool asked = q->detached != NULL && q->signature == NULL;
	bool good = signing_run(&q->g, in, name, &out);
	enum err e = OK;

	if (good) {
		struct bytes to_sign = {
		    q->g.by[0].to_sign, q->g.by[0].n_to_sign};

		e = write_file_atomic(
		    q->output, asked ? to_sign : out, WRITE_PUBLIC);
	}
	if (e != OK)
		print_err(PROG, q->output, e);
	release_bytes(&in);
	release_bytes(&out);
	return good && e == OK ? EXIT_DONE : EXIT_REFUSED;
}

int
cmd_sign(int argc, char **argv)
{
	static struct request q; /* too large for a stack */
	int o, status;

	q = (struct request){.output = "-"};
	while ((o = getopt_long(argc, argv, "k:o:h", options, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (o == '?')
			die_usage("suit sign",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
		set(&q, o, optarg);
	}
	if (q.detached != NULL) {
		if (q.g.n > 0)
			die_usage("suit sign",
			    "--detached goes alone: one signature at a time");
		by_somebody(&q.g, q.detached, q.signature);
	}
	if (optind != argc - 1 || (q.g.n == 0 && q.g.n_receipts == 0) ||
	    q.public != NULL || q.kid != NULL ||
	    (q.signature != NULL && q.detached == NULL))
		die_usage("suit sign", "a signer (--key, --pkcs11, --public "
				       "and --signer, --kid and --mac, "
				       "--detached) and one "
				       "file are needed");
	if (q.g.chain.p != NULL && (q.g.n == 0 || q.g.by[0].is_mac))
		die_usage("suit sign",
		    "--x5chain goes with a signature, and a MAC is none");
	status = write_signed(&q, argv[optind]);
	signing_free(&q.g);
	return status;
}
