/*
 * encrypt: a payload for one device or many: ciphertext, and the
 * encryption-info that a recipe takes.                [SUIT FE, security 10]
 */
#include "recipient.h"
#include "suit.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECIPIENTS   4096 /* with --each */
#define CORIMS       16
#define EVIDENCE_MAX (1u << 20)
#define PIECE        65536

static const char usage[] =
    "usage: suit encrypt --to EVIDENCE... --endorser PUB... --corim FILE...\n"
    "           [OPTIONS] --info INFO -o OUT PAYLOAD\n"
    "       suit encrypt --unverified-key PUB... --info INFO -o OUT PAYLOAD\n"
    "       suit encrypt --kek FILE [--kid TEXT] --info INFO -o OUT PAYLOAD\n"
    "\n"
    "Encrypt a payload under a fresh key, and that key for each recipient.\n"
    "\n"
    "  -t, --to FILE         signed Evidence of a device, not encrypted; its\n"
    "                        encryption key is the recipient\n"
    "  -l, --list FILE       the same for each file that is named in a line\n"
    "  -e, --endorser FILE   key of one whom you believe who vouches for\n"
    "                        devices: the TAM's word is not enough\n"
    "  -C, --corim FILE      a CoRIM signed by one of them\n"
    "  -A, --authority NAME  whose payloads these are, by the name that the\n"
    "                        device's policy has for their signer; needed\n"
    "                        where a device has keys for several\n"
    "      --unverified-key FILE\n"
    "                        a bare public key, and nobody says whose\n"
    "      --kek FILE        a key that both sides have: 16, 24, 32 octets\n"
    "      --kid TEXT        the name of that key\n"
    "  -a, --alg ALG         a128gcm (default), a192gcm, a256gcm,\n"
    "                        chacha20-poly1305, a128ctr, a192ctr, a256ctr\n"
    "  -i, --info FILE       where to write the encryption-info\n"
    "      --each            INFO is a directory: one file a recipient, named\n"
    "                        by its key, instead of one file for up to 8\n"
    "  -o, --output FILE     where to write the ciphertext\n"
    "  -h, --help\n";

enum { OPT_UNVERIFIED = 256, OPT_KEK, OPT_KID, OPT_EACH };

static const struct option options[] = {
    {"to", required_argument, NULL, 't'},
    {"list", required_argument, NULL, 'l'},
    {"endorser", required_argument, NULL, 'e'},
    {"corim", required_argument, NULL, 'C'},
    {"authority", required_argument, NULL, 'A'},
    {"unverified-key", required_argument, NULL, OPT_UNVERIFIED},
    {"kek", required_argument, NULL, OPT_KEK},
    {"kid", required_argument, NULL, OPT_KID},
    {"alg", required_argument, NULL, 'a'},
    {"info", required_argument, NULL, 'i'},
    {"each", no_argument, NULL, OPT_EACH},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct {
	const char *name;
	int32_t alg, agree;
} algs[] = {
    {"a128gcm", ALG_A128GCM, ALG_ECDH_ES_A128KW},
    {"a192gcm", ALG_A192GCM, ALG_ECDH_ES_A192KW},
    {"a256gcm", ALG_A256GCM, ALG_ECDH_ES_A256KW},
    {"chacha20-poly1305", ALG_CHACHA20_POLY1305, ALG_ECDH_ES_A128KW},
    {"a128ctr", ALG_A128CTR, ALG_ECDH_ES_A128KW},
    {"a192ctr", ALG_A192CTR, ALG_ECDH_ES_A192KW},
    {"a256ctr", ALG_A256CTR, ALG_ECDH_ES_A256KW},
};

struct request {
	const char *info, *output, *payload, *kid, *authority;
	size_t alg; /* of algs */
	bool each;
	struct key_ring endorsers;
	struct bytes corim[CORIMS], kek;
	const char *kek_file;
	size_t n_corims, n, n_evidence;
	struct cose_recipient *to;
	uint8_t (*kids)[KID_LEN];
	const char *file[RECIPIENTS]; /* of Evidence, not read yet */
	char *list;                   /* what some of them view */
};

static struct bytes
read_or_die(const char *path, size_t max)
{
	struct bytes b;
	enum err e = read_file(path, max, &b);

	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	return b;
}

/* ---- recipients -------------------------------------------------------- */

static void
recipient_add(struct request *q, const struct cose_key *key)
{
	uint8_t *kid = q->kids[q->n];

	if (q->n == RECIPIENTS)
		die(PROG, EXIT_REFUSED, "more than %d recipients", RECIPIENTS);
	if (cose_key_thumbprint(crypto_or_die(PROG), key, kid) != OK)
		die(PROG, EXIT_REFUSED, "a key without a name");
	q->to[q->n++] = (struct cose_recipient){
	    .key = *key, .kid = {kid, KID_LEN}, .alg = algs[q->alg].agree};
}

static void
unverified_add(struct request *q, const char *path)
{
	struct cose_key key;
	enum err e = load_public_key(path, &key, NULL);

	if (e == OK && key.crv != CRV_P256 && key.crv != CRV_X25519)
		e = ERR_COSE_KEY;
	if (e != OK) {
		print_key_err(PROG, path, false, e);
		exit(EXIT_REFUSED);
	}
	recipient_add(q, &key);
}

static void
evidence_add(struct request *q, const char *path)
{
	struct keyring ring = key_ring_view(&q->endorsers);
	struct bytes in = read_or_die(path, EVIDENCE_MAX);
	struct why why = {.err = OK};
	struct cose_key key;
	enum err e;

	if (openssl_public_read(in, &key) == OK)
		die(PROG, EXIT_REFUSED,
		    "%s: a bare key: nobody says that it is a device's; give "
		    "the device's signed Evidence, or --unverified-key",
		    path);
	e = recipient_of_evidence(crypto_or_die(PROG), &ring, q->corim,
	    q->n_corims, (uint64_t)time(NULL),
	    q->authority != NULL ? bytes_of_text(q->authority) : BYTES_NONE, in,
	    &key, &why);
	if (e != OK) {
		why.err = e;
		print_why(PROG, path, &why);
		exit(EXIT_REFUSED);
	}
	recipient_add(q, &key);
	release_bytes(&in);
}

static void
list_add(struct request *q, const char *path)
{
	struct bytes in = read_or_die(path, EVIDENCE_MAX);
	char *save = NULL, *line;

	if (q->list != NULL)
		die_usage("suit encrypt", "one --list is enough");
	q->list = strndup((const char *)in.p, in.n);
	release_bytes(&in);
	if (q->list == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	for (line = strtok_r(q->list, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (q->n_evidence == RECIPIENTS)
			die(PROG, EXIT_REFUSED, "more than %d recipients",
			    RECIPIENTS);
		q->file[q->n_evidence++] = line;
	}
}

static void
kek_add(struct request *q)
{
	static const int32_t wraps[] = {ALG_A128KW, ALG_A192KW, ALG_A256KW};

	if (q->kek.n != 16 && q->kek.n != 24 && q->kek.n != 32)
		die(PROG, EXIT_REFUSED,
		    "%s: %zu octets; a key for --kek has 16, 24 or 32",
		    q->kek_file, q->kek.n);
	q->to[q->n++] = (struct cose_recipient){.kek = q->kek,
	    .alg = wraps[q->kek.n / 8 - 2],
	    .kid = q->kid != NULL ? bytes_of_text(q->kid) : BYTES_NONE};
}

/* ---- writing ----------------------------------------------------------- */

static enum err
info_write(const struct cose_sealing *s, const struct cose_recipient *to,
    size_t n, const char *path)
{
	uint8_t room[COSE_RECIPIENTS_MAX * 512];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	TRY(cose_seal_info(s, to, n, COSE_CTX_PAYLOAD, &w));
	TRY(cbor_done(&w, &out));
	return write_file_atomic(path, out, WRITE_PUBLIC);
}

static enum err
infos_write(const struct request *q, const struct cose_sealing *s)
{
	char path[PATH_MAX], name[KID_TEXT] = "kek";

	if (!q->each)
		return info_write(s, q->to, q->n, q->info);
	for (size_t i = 0; i < q->n; i++) {
		int n;

		if (q->to[i].kek.n == 0)
			base64url_text(name, sizeof(name), q->to[i].kid);
		n = snprintf(path, sizeof(path), "%s/%s.cose", q->info, name);
		if (n < 0 || n >= (int)sizeof(path))
			return ERR_TOO_LONG;
		TRY(info_write(s, &q->to[i], 1, path));
	}
	return OK;
}

static enum err
put(FILE *out, struct bytes b)
{
	return fwrite(b.p, 1, b.n, out) == b.n ? OK : ERR_SYSTEM;
}

static enum err
stream(struct cose_sealing *s, FILE *in, FILE *out)
{
	static uint8_t plain[PIECE], sealed[PIECE];
	uint8_t room[CIPHER_TAG];
	struct bytes tag;
	enum err e = OK;
	size_t n;

	while (e == OK && (n = fread(plain, 1, PIECE, in)) > 0) {
		e = cose_seal_more(
		    s, (struct bytes){plain, n}, (struct span){sealed, n});
		if (e == OK)
			e = put(out, (struct bytes){sealed, n});
	}
	wipe(plain, sizeof(plain));
	if (e == OK && ferror(in) != 0)
		e = ERR_SYSTEM;
	if (e == OK)
		e = cose_seal_end(s, room, &tag);
	return e == OK ? put(out, tag) : e;
}

/* The ciphertext is in its place whole or not at all. */
static enum err
ciphertext_write(struct cose_sealing *s, const char *from, const char *to)
{
	char path[PATH_MAX];
	FILE *in = fopen(from, "rbe"), *out;
	int n = snprintf(path, sizeof(path), "%s.new", to);
	enum err e;

	if (in == NULL)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
	out = n > 0 && n < (int)sizeof(path) ? fopen(path, "wbxe") : NULL;
	if (out == NULL) {
		(void)fclose(in);
		return ERR_SYSTEM;
	}
	e = stream(s, in, out);
	if (e == OK && (fflush(out) != 0 || fsync(fileno(out)) != 0))
		e = ERR_SYSTEM;
	(void)fclose(in);
	if (fclose(out) != 0 && e == OK)
		e = ERR_SYSTEM;
	if (e == OK && rename(path, to) != 0)
		e = ERR_SYSTEM;
	if (e != OK)
		(void)unlink(path);
	return e;
}

static int
encrypt(const struct request *q)
{
	struct cose_sealing s;
	const char *about = q->payload;
	enum err e = cose_seal_begin(&s, crypto_or_die(PROG), algs[q->alg].alg);

	if (e == OK) {
		e = ciphertext_write(&s, q->payload, q->output);
		if (e == OK) {
			about = q->info;
			e = infos_write(q, &s);
		}
		cose_seal_wipe(&s);
	}
	if (e != OK)
		print_err(PROG, about, e);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- the command line -------------------------------------------------- */

static size_t
alg_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return i;
	die_usage("suit encrypt", "--alg %s is none; --help lists them", name);
}

static void
set(struct request *q, int o, const char *arg)
{
	switch (o) {
	case 't':
		if (q->n_evidence == RECIPIENTS)
			die(PROG, EXIT_REFUSED, "too many recipients");
		q->file[q->n_evidence++] = arg;
		break;
	case 'l':
		list_add(q, arg);
		break;
	case 'e':
		ring_add_or_die(&q->endorsers, arg);
		break;
	case 'C':
		if (q->n_corims == CORIMS)
			die(PROG, EXIT_REFUSED, "more than %d CoRIMs", CORIMS);
		q->corim[q->n_corims++] = read_or_die(arg, CORIM_MAX);
		break;
	case OPT_KEK:
		q->kek_file = arg;
		q->kek = read_or_die(arg, KEY_FILE_MAX);
		break;
	case OPT_KID:
		q->kid = arg;
		break;
	case 'A':
		q->authority = arg;
		break;
	case 'a':
		q->alg = alg_of(arg);
		break;
	case 'i':
		q->info = arg;
		break;
	case OPT_EACH:
		q->each = true;
		break;
	case 'o':
		q->output = arg;
		break;
	default:
		break;
	}
}

static void
recipients_read(struct request *q, char **keys, size_t n_keys)
{
	if (q->n_evidence > 0 && (q->endorsers.n == 0 || q->n_corims == 0))
		die_usage("suit encrypt",
		    "--to and --list need --endorser and --corim: Evidence is "
		    "worth what its endorser is");
	for (size_t i = 0; i < q->n_evidence; i++)
		evidence_add(q, q->file[i]);
	for (size_t i = 0; i < n_keys; i++)
		unverified_add(q, keys[i]);
	if (q->kek.p != NULL)
		kek_add(q);
	if (q->n == 0)
		die_usage("suit encrypt", "for whom? --to FILE is missing");
	if (!q->each && q->n > COSE_RECIPIENTS_MAX)
		die_usage("suit encrypt",
		    "%zu recipients; one encryption-info has up to %d: --each",
		    q->n, COSE_RECIPIENTS_MAX);
}

int
cmd_encrypt(int argc, char **argv)
{
	struct request *q = calloc(1, sizeof(*q));
	char **keys = calloc((size_t)argc, sizeof(*keys));
	size_t n_keys = 0;
	int o, status;

	if (q != NULL) {
		q->to = calloc(RECIPIENTS + 1, sizeof(*q->to));
		q->kids = calloc(RECIPIENTS + 1, sizeof(*q->kids));
	}
	if (q == NULL || keys == NULL || q->to == NULL || q->kids == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	while ((o = getopt_long(
		    argc, argv, "t:l:e:C:A:a:i:o:h", options, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (o == '?')
			die_usage("suit encrypt",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
		if (o == OPT_UNVERIFIED)
			keys[n_keys++] = optarg;
		else
			set(q, o, optarg);
	}
	if (optind != argc - 1 || q->info == NULL || q->output == NULL)
		die_usage("suit encrypt", "--info, -o and a file are needed");
	if (strcmp(q->info, q->output) == 0)
		die_usage("suit encrypt",
		    "--info and -o are one file; ciphertext and how to open "
		    "it are two");
	q->payload = argv[optind];
	recipients_read(q, keys, n_keys);
	status = encrypt(q);
	release_bytes(&q->kek);
	for (size_t i = 0; i < q->n_corims; i++)
		release_bytes(&q->corim[i]);
	free(q->list);
	free(q->kids);
	free(q->to);
	free(keys);
	free(q);
	return status;
}
