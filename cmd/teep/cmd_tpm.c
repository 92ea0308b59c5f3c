/*
 * cmd_tpm: `teep tpm challenge` and `enrol`: a maker of devices convinces
 * himself that an attestation key lives in a genuine TPM, and says so.
 *                                                   docs/evidence.md 9
 */
#include "teep.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/corim.h>
#include <tamarind/tpm.h>
#include <tamarind/verifier.h>
#include <time.h>

#define ANCHORS_MAX 8
#define CERT_MAX    65536
#define SECRET_LEN  32
#define VERSION     1

struct words {
	const char *ek, *ak, *out, *secret, *answer;
	const char *ueid, *oemid, *hwmodel, *id;
	const char *anchor[ANCHORS_MAX];
	size_t n_anchors;
};

static void
need(const char *value, const char *option, const char *command)
{
	if (value == NULL)
		die_usage(PROG, "%s: %s is missing", command, option);
}

static void
read_words(int argc, char **argv, const char *command, struct words *o)
{
	static const struct option longs[] = {
	    {"output", required_argument, NULL, 'o'},
	    OPTION_HELP,
	    {"ek-cert", required_argument, NULL, 'e'},
	    {"ak", required_argument, NULL, 'a'},
	    {"anchor", required_argument, NULL, 'r'},
	    {"secret", required_argument, NULL, 's'},
	    {"answer", required_argument, NULL, 'w'},
	    {"ueid", required_argument, NULL, 'u'},
	    {"oemid", required_argument, NULL, 'm'},
	    {"hwmodel", required_argument, NULL, 'l'},
	    {"id", required_argument, NULL, 'i'},
	    OPTIONS_END,
	};
	int opt;

	*o = (struct words){0};
	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'o':
			o->out = optarg;
			break;
		case 'e':
			o->ek = optarg;
			break;
		case 'a':
			o->ak = optarg;
			break;
		case 's':
			o->secret = optarg;
			break;
		case 'w':
			o->answer = optarg;
			break;
		case 'u':
			o->ueid = optarg;
			break;
		case 'm':
			o->oemid = optarg;
			break;
		case 'l':
			o->hwmodel = optarg;
			break;
		case 'i':
			o->id = optarg;
			break;
		case 'r':
			if (o->n_anchors == ANCHORS_MAX)
				die_usage(PROG, "%s: more than %d anchors",
				    command, ANCHORS_MAX);
			o->anchor[o->n_anchors++] = optarg;
			break;
		default:
			option_other(opt, command);
		}
	}
	if (optind != argc)
		die_usage(PROG, "%s: '%s' is one word too many", command,
		    argv[optind]);
	need(o->ak, "--ak FILE", command);
	need(o->secret, "--secret FILE", command);
	need(o->out, "-o FILE", command);
}

static int
refused(const char *file, enum err e, struct why *why)
{
	why->err = e;
	print_why(PROG, file, why);
	return EXIT_REFUSED;
}

/* An attestation key as its TPM says it. */
static enum err
ak_read(const struct crypto *c, const char *file, struct cose_key *key,
    uint8_t name[TPM_NAME_LEN], struct why *why)
{
	struct bytes in;
	struct tpm_public p;
	enum err e = read_file(file, TPM_PUBLIC_MAX, &in);

	if (e == OK)
		e = tpm_public_read(in, &p, why);
	if (e == OK)
		e = tpm_ak_check(&p, key, why);
	if (e == OK)
		e = c->key_check(key);
	if (e == OK)
		e = tpm_name(c, in, name);
	release_bytes(&in);
	return e == OK || why->what != NULL
		   ? e
		   : why_set(why, e, "attestation key");
}

/* ---- challenge ----------------------------------------------------------- */

/* Does the certificate lead to one of the anchors? */
static enum err
chain(const struct words *o, struct bytes cert, struct why *why)
{
	struct bytes anchor[ANCHORS_MAX] = {BYTES_NONE};
	struct verifier_public key;
	struct verifier_path p = {.cert = &cert,
	    .n_cert = 1,
	    .anchor = anchor,
	    .n_anchor = o->n_anchors,
	    .now = (uint64_t)time(NULL)};
	enum err e = OK;

	for (size_t i = 0; i < o->n_anchors && e == OK; i++) {
		e = read_file(o->anchor[i], CERT_MAX, &anchor[i]);
		if (e != OK)
			(void)why_set(why, e, o->anchor[i]);
	}
	if (e == OK)
		e = verifier_openssl()->path(&p, &key, NULL, 0, why);
	for (size_t i = 0; i < o->n_anchors; i++)
		release_bytes(&anchor[i]);
	return e;
}

static enum err
write_both(const struct words *o, const uint8_t name[TPM_NAME_LEN],
    struct bytes value, struct bytes blob, struct bytes seed)
{
	uint8_t room[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e;

	cbor_put_array(&w, 3);
	cbor_put_uint(&w, VERSION);
	cbor_put_bstr(&w, blob);
	cbor_put_bstr(&w, seed);
	TRY(cbor_done(&w, &out));
	TRY(write_file_atomic(o->out, out, WRITE_PUBLIC));
	w = cbor_into(SPAN_OF(room));
	cbor_put_array(&w, 3);
	cbor_put_uint(&w, VERSION);
	cbor_put_bstr(&w, (struct bytes){name, TPM_NAME_LEN});
	cbor_put_bstr(&w, value);
	TRY(cbor_done(&w, &out));
	e = write_file_atomic(o->secret, out, WRITE_SECRET);
	wipe(room, sizeof(room));
	return e;
}

int
cmd_tpm_challenge(int argc, char **argv)
{
	const struct crypto *c = crypto_or_die(PROG);
	uint8_t name[TPM_NAME_LEN], value[SECRET_LEN];
	uint8_t room[OPENSSL_TPM_ROOM];
	struct bytes cert = BYTES_NONE, blob, seed;
	struct why why = {0};
	struct cose_key key;
	struct words o;
	const char *file;
	enum err e;

	read_words(argc, argv, "tpm challenge", &o);
	need(o.ek, "--ek-cert FILE", "tpm challenge");
	if (o.n_anchors == 0)
		die_usage(PROG, "tpm challenge: --anchor FILE is missing: who "
				"vouches for makers of TPMs?");
	file = o.ak;
	e = ak_read(c, o.ak, &key, name, &why);
	if (e == OK) {
		file = o.ek;
		e = read_file(o.ek, CERT_MAX, &cert);
	}
	if (e == OK)
		e = chain(&o, cert, &why);
	if (e == OK)
		e = c->random(SPAN_OF(value));
	if (e == OK)
		e = openssl_tpm_credential(cert, BYTES_OF(name),
		    BYTES_OF(value), SPAN_OF(room), &blob, &seed);
	if (e == OK) {
		file = o.out;
		e = write_both(&o, name, BYTES_OF(value), blob, seed);
	}
	wipe(value, sizeof(value));
	release_bytes(&cert);
	return e == OK ? EXIT_DONE : refused(file, e, &why);
}

/* ---- enrol --------------------------------------------------------------- */

/* Is the answer the secret that was made for this very key? */
static enum err
answered(
    const struct words *o, const uint8_t name[TPM_NAME_LEN], struct why *why)
{
	struct bytes in = BYTES_NONE, is = BYTES_NONE, for_whom, value;
	enum err e = read_file(o->secret, 256, &in);
	struct cbor_in r;

	if (e == OK)
		e = read_file(o->answer, 256, &is);
	if (e == OK) {
		r = cbor_open(in);
		cbor_array(&r, 3);
		(void)cbor_uint(&r, VERSION, VERSION);
		for_whom = cbor_bstr(&r, TPM_NAME_LEN, TPM_NAME_LEN);
		value = cbor_bstr(&r, SECRET_LEN, SECRET_LEN);
		e = cbor_close(&r);
	}
	if (e != OK)
		(void)why_set(why, e, "secret or answer");
	else if (!bytes_same(for_whom, (struct bytes){name, TPM_NAME_LEN}))
		e = why_set(why, ERR_UNKNOWN_KEY, "attestation key");
	else if (!bytes_same_ct(value, is))
		e = why_set(why, ERR_SIGNATURE, "answer of the TPM");
	release_bytes(&in);
	release_bytes(&is);
	return e;
}

static struct bytes
hex_word(const char *text, const char *option, struct span room, size_t min)
{
	struct bytes b;

	need(text, option, "tpm enrol");
	if (hex_read(text, room, &b) != OK || b.n < min)
		die_usage(PROG,
		    "tpm enrol: %s '%s' is not %zu to %zu octets of hex",
		    option, text, min, room.n);
	return b;
}

static enum err
write_corim(const struct words *o, const struct corim_entry *entry)
{
	char id[128];
	uint8_t room[2048];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	if (o->id == NULL)
		(void)snprintf(id, sizeof(id), "attest-key-%s", o->ueid);
	TRY(corim_author(&w, o->id != NULL ? o->id : id,
	    o->id != NULL ? o->id : id, 0, UINT64_MAX, entry, 1));
	TRY(cbor_done(&w, &out));
	return write_file_atomic(o->out, out, WRITE_PUBLIC);
}

int
cmd_tpm_enrol(int argc, char **argv)
{
	const struct crypto *c = crypto_or_die(PROG);
	uint8_t name[TPM_NAME_LEN], ueid[33], oemid[16], model[32], claim[24];
	struct cbor_out w = cbor_into(SPAN_OF(claim));
	struct corim_entry entry = {.kind = CORIM_ATTEST_KEY};
	struct bytes oem, encoded;
	struct why why = {0};
	char vendor[64];
	struct words o;
	enum err e;

	read_words(argc, argv, "tpm enrol", &o);
	need(o.answer, "--answer FILE", "tpm enrol");
	entry.ueid = hex_word(o.ueid, "--ueid", SPAN_OF(ueid), 7);
	entry.class_id = hex_word(o.hwmodel, "--hwmodel", SPAN_OF(model), 1);
	oem = hex_word(o.oemid, "--oemid", SPAN_OF(oemid), 3);
	cbor_put_bstr(&w, oem);
	if (cbor_done(&w, &encoded) != OK ||
	    verifier_vendor(encoded, vendor) != OK)
		die_usage(PROG, "tpm enrol: --oemid is 3 or 16 octets");
	entry.vendor = bytes_of_text(vendor);
	e = ak_read(c, o.ak, &entry.key, name, &why);
	if (e != OK)
		return refused(o.ak, e, &why);
	e = answered(&o, name, &why);
	if (e != OK)
		return refused(o.answer, e, &why);
	e = write_corim(&o, &entry);
	return e == OK ? EXIT_DONE : refused(o.out, e, &why);
}
