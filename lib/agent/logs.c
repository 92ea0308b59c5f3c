/*
 * logs: is a manifest where everybody can see that it was signed?  A signer
 * whose key is stolen cannot hide then what the thief has signed.
 *                                           [RFC 9942; docs/policy.md]
 *
 * The entry of a log is the manifest's digest, so that it is the same whoever
 * signs, and a signature that is added changes nothing.  Receipts stand in the
 * unprotected headers of authentication blocks: nobody has to sign them.
 */
#include "agent_int.h"

#define RECEIPTS_MAX 8

struct heads {
	uint32_t has;
	struct list receipts;
};

// clang-format off
static const struct cbor_field rows[] = {
	FIELD(394, F_LIST_BSTR, struct heads, receipts, 1, RECEIPTS_MAX),
};
// clang-format on
static const struct cbor_table table = {rows, ARRAY_LEN(rows), 0};

/* The receipts of one block; a MAC has none. */
static struct list
receipts_of(struct bytes block)
{
	struct heads h = {0};
	struct cose_signed s;
	struct cbor_in r;

	if (cose_signed_read(block, ACCEPT_SIGN1, &s, NULL) == OK) {
		r = cbor_open(s.unprot);
		cbor_map_read(&r, &table, &h);
		if (cbor_close(&r) != OK)
			h.receipts = (struct list){BYTES_NONE, 0};
	}
	return h.receipts;
}

static enum err
have(const struct agent *a, const struct suit_manifest *m, struct why *why)
{
	const struct crypto *c = a->ports->crypto;
	struct keyring ring = ring_logs(agent_policy(a));
	struct cbor_in r = cbor_open(m->wrapper), items;
	size_t n = cbor_array_any(&r, 1, 1 + SUIT_SIGNERS_MAX);
	uint8_t leaf[DIGEST_LEN], root[DIGEST_LEN];
	enum err e = ERR_MISSING;
	struct verified v;
	struct why of;

	TRY(cose_receipt_leaf(c, BYTES_OF(m->digest), leaf));
	(void)cbor_raw(&r, CBOR_BSTR);
	for (size_t i = 1; i < n && r.err == OK; i++) {
		struct list l = receipts_of(cbor_bstr(&r, 1, LEN_ANY));

		items = cbor_items(l);
		for (size_t k = 0; k < l.n; k++) {
			e = cose_receipt_includes(c, &ring, ACCEPT_SIGN1,
			    cbor_bstr(&items, 0, LEN_ANY), leaf, &v, root, &of);
			if (e == OK || err_class(e) == CLASS_PORT)
				return e;
		}
	}
	return why_set(why, e, "receipt");
}

const struct agent_logs agent_logs = {have};
