/*
 * trust: whom the user of the tool believes: keys, keys for MACs, and
 * certificates that vouch for signers.
 */
#include "trust.h"

#include <stdlib.h>
#include <string.h>
#include <tamarind/cbor.h>
#include <time.h>

void
key_signs_or_die(const struct cose_key *k, const char *path)
{
	if (k->crv == CRV_X25519)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: X25519 is for encryption; what signs is P-256 or "
		    "Ed25519",
		    path, err_name(ERR_COSE_KEY));
}

void
ring_add_or_die(struct key_ring *ring, const char *path)
{
	enum err e = key_ring_add(ring, path);

	if (e != OK) {
		print_key_err(PROG, path, false, e);
		exit(EXIT_REFUSED);
	}
	for (size_t i = 0; i < ring->n; i++)
		if (ring->row[i].name == path)
			key_signs_or_die(&ring->row[i].key, path);
}

void
mac_key_or_die(const char *path, struct cose_key *out)
{
	struct bytes in;
	enum err e = read_file(path, KEY_FILE_MAX, &in);

	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	if (in.n != sizeof(out->x))
		die(PROG, EXIT_REFUSED,
		    "%s: %s: %zu octets; a key for MACs (HMAC 256) is a file "
		    "of 32 random ones",
		    path, err_name(ERR_COSE_KEY), in.n);
	*out = (struct cose_key){.kty = KTY_SYMMETRIC};
	memcpy(out->x, in.p, sizeof(out->x));
	release_bytes(&in);
}

void
trust_mac(struct trust *t, const char *path)
{
	struct cose_key key;
	enum err e;

	mac_key_or_die(path, &key);
	e = key_ring_put(&t->ring, path, &key);
	wipe(&key, sizeof(key));
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
}

void
trust_anchor(struct trust *t, const char *path)
{
	struct bytes in;
	enum err e = read_file(path, KEY_FILE_MAX, &in);

	if (e == OK) {
		e = openssl_anchors_add(&t->anchors, in);
		release_bytes(&in);
	}
	if (e == ERR_SYNTAX)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: no certificate in PEM, which --anchor wants", path,
		    err_name(e));
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
}

bool
trust_option(struct trust *t, int o, const char *arg)
{
	switch (o) {
	case 'k':
		ring_add_or_die(&t->ring, arg);
		return true;
	case OPT_MAC:
		trust_mac(t, arg);
		return true;
	case OPT_ANCHOR:
		trust_anchor(t, arg);
		return true;
	default:
		return false;
	}
}

bool
trust_nobody(const struct trust *t)
{
	return t->ring.n == 0 && t->anchors == NULL;
}

static void
chain_add(struct trust *t, const struct cose_chain *chain)
{
	struct cose_key key;
	const char *said;
	size_t n = t->ring.n;

	if (openssl_chain_key(
		t->anchors, chain, (int64_t)time(NULL), &key, &said) != OK)
		t->said = said;
	else if (key_ring_put(
		     &t->ring, "the holder of its certificate", &key) != OK)
		t->said = "there is no room for its key";
	else if (t->ring.n > n) /* its maker may call it otherwise */
		t->ring.row[n].also = chain->kid;
}

static void
chains_of(struct trust *t, struct bytes envelope)
{
	struct cose_chain chain;

	for (size_t i = 0; suit_chain_read(envelope, i, &chain) == OK; i++)
		if (chain.n > 0)
			chain_add(t, &chain);
}

void
trust_chains(struct trust *t, struct bytes envelope)
{
	struct cbor_in r = cbor_open(envelope);
	size_t n;

	if (t->anchors == NULL)
		return;
	chains_of(t, envelope);
	(void)cbor_tag_if(&r, TAG_SUIT_ENVELOPE);
	n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n && r.err == OK; i++) {
		bool text = cbor_peek(&r) == CBOR_TSTR;

		(void)cbor_raw(&r, CBOR_ANY);
		if (text) /* a payload, or a dependency */
			chains_of(t, cbor_bstr(&r, 0, LEN_ANY));
		else
			(void)cbor_raw(&r, CBOR_ANY);
	}
}

#define ALG_HSS_LMS (-46) /* RFC 8778 */

/* Is one of the signatures by hashes? */
static bool
has_hss_lms(struct bytes envelope)
{
	struct suit_manifest m;
	struct cose_signed s;
	struct cbor_in r;
	size_t n;

	if (suit_parse(envelope, &m, NULL) != OK)
		return false;
	r = cbor_open(m.wrapper);
	n = cbor_array_any(&r, 1, LEN_ANY);
	(void)cbor_bstr(&r, 0, LEN_ANY);
	for (size_t i = 1; i < n && r.err == OK; i++)
		if (cose_signed_read(cbor_bstr(&r, 0, LEN_ANY), ACCEPT_SIGN1,
			&s, NULL) == OK &&
		    s.alg == ALG_HSS_LMS)
			return true;
	return false;
}

void
trust_print_why(const struct trust *t, const char *file, struct bytes envelope,
    const struct why *why)
{
	if (why->err == ERR_COSE_ALG && has_hss_lms(envelope)) {
		(void)fprintf(stderr,
		    PROG ": %s: %s: HSS-LMS: not in this build's libraries; a "
			 "second signature beside it, P-256 or Ed25519, "
			 "would do\n",
		    file, err_name(why->err));
		return;
	}
	if (why->err != ERR_UNKNOWN_KEY || t->said == NULL) {
		print_why(PROG, file, why);
		return;
	}
	(void)fprintf(stderr, PROG ": %s: %s: ", file, err_name(why->err));
	if (why->subject.n > 0) {
		(void)fputs("the dependency ", stderr);
		safe_put(stderr, why->subject);
		(void)fputs(": ", stderr);
	}
	(void)fprintf(stderr,
	    "no --key of the signer's, and its certificate leads to no "
	    "--anchor: %s\n",
	    t->said);
}

void
trust_free(struct trust *t)
{
	openssl_anchors_free(t->anchors);
	wipe(t, sizeof(*t)); /* keys for MACs are secrets */
}
