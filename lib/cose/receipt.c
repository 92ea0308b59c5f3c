/*
 * receipt: check that a log has an entry, and that it has only grown.
 *                                              [RFC 9942; RFC 9162 2.1]
 *
 * The proofs give the root, the log's signature is over the root: one
 * without the other says nothing.
 */
#include <string.h>
#include <tamarind/cose.h>

#define VDS_RFC9162_SHA256 1
#define PROOFS_MAX         8
#define PATH_MAX_NODES     64 /* a tree of 2^63 leaves has no longer one */
#define PROOF_OCTETS       4096

struct heads {
	uint32_t has;
	int64_t vds;
	struct bytes proofs;
};

struct proofs {
	uint32_t has;
	struct list inclusion, consistency;
};

// clang-format off
static const struct cbor_field vds_rows[] = {
	FIELD(395, F_INT, struct heads, vds, FIELD_NO_MIN, UINT32_MAX),
};
static const struct cbor_field vdp_rows[] = {
	FIELD(396, F_RAW_MAP, struct heads, proofs, 0, 0),
};
static const struct cbor_field proof_rows[] = {
	FIELD(-1, F_LIST_BSTR, struct proofs, inclusion, 1, PROOFS_MAX),
	FIELD(-2, F_LIST_BSTR, struct proofs, consistency, 1, PROOFS_MAX),
};
// clang-format on
static const struct cbor_table vds_table = {vds_rows, 1, 0};
static const struct cbor_table vdp_table = {vdp_rows, 1, 0};
static const struct cbor_table proof_table = {
    proof_rows, ARRAY_LEN(proof_rows), 1};

static enum err
map_read(struct bytes in, const struct cbor_table *t, void *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

/* ---- hashes ------------------------------------------------------------ */

struct node {
	uint8_t v[DIGEST_LEN];
};

enum err
cose_receipt_leaf(
    const struct crypto *c, struct bytes entry, uint8_t leaf[DIGEST_LEN])
{
	struct bytes part[2] = {BYTES_LIT("\x00"), entry};

	return c->sha256(part, 2, leaf);
}

/* *out = the node over left and right; either may be *out. */
static enum err
join(const struct crypto *c, const struct node *left, const struct node *right,
    struct node *out)
{
	struct bytes part[3] = {
	    BYTES_LIT("\x01"), BYTES_OF(left->v), BYTES_OF(right->v)};
	struct node sum;

	TRY(c->sha256(part, 3, sum.v));
	*out = sum;
	return OK;
}

/* ---- proofs ------------------------------------------------------------ */

/* [a, b, [+ node]]; empty paths are for a tree of one leaf. */
struct proof {
	uint64_t a, b;
	struct list path;
};

static enum err
proof_read(struct bytes in, struct proof *out)
{
	struct cbor_in r = cbor_open(in);
	struct cbor_in path;
	struct bytes raw;

	cbor_array(&r, 3);
	out->a = cbor_uint(&r, 1, INT64_MAX);
	out->b = cbor_uint(&r, 0, INT64_MAX);
	raw = cbor_raw(&r, CBOR_ARRAY);
	TRY(cbor_close(&r));
	path = cbor_open(raw);
	out->path.n = cbor_array_any(&path, 0, PATH_MAX_NODES);
	TRY(path.err);
	out->path.raw = (struct bytes){raw.p + path.at, raw.n - path.at};
	return OK;
}

static enum err
node_next(struct cbor_in *path, struct node *out)
{
	struct bytes b = cbor_bstr(path, DIGEST_LEN, DIGEST_LEN);

	TRY(path->err);
	memcpy(out->v, b.p, DIGEST_LEN);
	return OK;
}

/* The root of a tree of a leaves in which the leaf is number b.
 *                                                    [RFC 9162 2.1.3.2] */
static enum err
inclusion_root(const struct crypto *c, const struct proof *p,
    const struct node *leaf, struct node *root)
{
	struct cbor_in path = cbor_items(p->path);
	uint64_t fn = p->b, sn = p->a - 1;

	if (p->b >= p->a)
		return ERR_RANGE;
	*root = *leaf;
	for (size_t i = 0; i < p->path.n; i++) {
		struct node n;

		if (sn == 0)
			return ERR_RANGE;
		TRY(node_next(&path, &n));
		if (fn % 2 == 1 || fn == sn) {
			TRY(join(c, &n, root, root));
			while (fn % 2 == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			TRY(join(c, root, &n, root));
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 ? OK : ERR_RANGE;
}

/* The root of a tree of b leaves that begins with that of a leaves and the
 * old root, which the proof has to give as well.     [RFC 9162 2.1.4.2] */
static enum err
consistency_root(const struct crypto *c, const struct proof *p,
    const struct node *old, struct node *root)
{
	struct cbor_in path = cbor_items(p->path);
	uint64_t fn = p->a - 1, sn = p->b - 1;
	size_t left = p->path.n;
	struct node fr, n;

	if (p->a >= p->b || left == 0)
		return ERR_RANGE;
	/* A whole tree is its own first node. */
	if ((p->a & (p->a - 1)) == 0) {
		fr = *old;
	} else {
		TRY(node_next(&path, &fr));
		left--;
	}
	while (fn % 2 == 1) {
		fn >>= 1;
		sn >>= 1;
	}
	*root = fr;
	for (; left > 0; left--) {
		if (sn == 0)
			return ERR_RANGE;
		TRY(node_next(&path, &n));
		if (fn % 2 == 1 || fn == sn) {
			TRY(join(c, &n, &fr, &fr));
			TRY(join(c, &n, root, root));
			while (fn % 2 == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			TRY(join(c, root, &n, root));
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return ERR_RANGE;
	return memcmp(fr.v, old->v, DIGEST_LEN) == 0 ? OK : ERR_SIGNATURE;
}

/* ---- receipts ---------------------------------------------------------- */

/* The protected header names the structure; the proofs stand outside, where
 * anybody may change them: the root decides. */
static enum err
proofs_read(struct bytes in, struct proofs *out, struct why *why)
{
	struct heads h = {0}, u = {0};
	struct cose_signed s;
	enum err e;

	TRY(cose_signed_read(in, ACCEPT_SIGN1, &s, why));
	if (s.payload.p != NULL)
		return why_set(why, ERR_UNEXPECTED, "payload");
	e = map_read(s.prot, &vds_table, &h);
	if (e == OK && (h.has == 0 || h.vds != VDS_RFC9162_SHA256))
		e = ERR_COSE_ALG;
	if (e != OK)
		return why_set(why, e, "vds");
	e = map_read(s.unprot, &vdp_table, &u);
	if (e == OK && u.has == 0)
		e = ERR_MISSING;
	if (e == OK)
		e = map_read(u.proofs, &proof_table, out);
	return e == OK ? OK : why_set(why, e, "vdp");
}

/* Every proof there is gives the same root. */
typedef enum err root_of(const struct crypto *c, const struct proof *p,
    const struct node *from, struct node *root);

static enum err
roots(const struct crypto *c, struct list proofs, root_of *f,
    const uint8_t from[DIGEST_LEN], struct node *root, struct why *why)
{
	struct cbor_in r = cbor_items(proofs);
	struct node start, one;

	if (proofs.n == 0)
		return why_set(why, ERR_MISSING, "proof");
	memcpy(start.v, from, DIGEST_LEN);
	for (size_t i = 0; i < proofs.n; i++) {
		struct proof p = {0};
		enum err e = proof_read(cbor_bstr(&r, 1, PROOF_OCTETS), &p);

		if (e == OK)
			e = f(c, &p, &start, &one);
		if (e == OK && i > 0 && memcmp(one.v, root->v, DIGEST_LEN) != 0)
			e = ERR_SIGNATURE;
		if (e != OK)
			return why_set(why, e, "proof");
		*root = one;
	}
	return OK;
}

/* The root that all proofs give, if a log has signed it. */
static enum err
root_told(const struct crypto *c, const struct keyring *logs, unsigned accept,
    struct bytes in, struct list proofs, root_of *f,
    const uint8_t from[DIGEST_LEN], struct verified *v,
    uint8_t root[DIGEST_LEN], struct why *why)
{
	struct node n;
	enum err e;

	TRY(roots(c, proofs, f, from, &n, why));
	e = cose_verify_detached(c, logs, accept, in, BYTES_OF(n.v), v, why);
	/* The payload is a local: only who signed it is told. */
	v->payload = BYTES_NONE;
	if (e == OK)
		memcpy(root, n.v, DIGEST_LEN);
	return e;
}

enum err
cose_receipt_includes(const struct crypto *c, const struct keyring *logs,
    unsigned accept, struct bytes in, const uint8_t leaf[DIGEST_LEN],
    struct verified *v, uint8_t root[DIGEST_LEN], struct why *why)
{
	struct proofs p = {0};

	memset(v, 0, sizeof(*v));
	memset(root, 0, DIGEST_LEN);
	TRY(proofs_read(in, &p, why));
	return root_told(c, logs, accept, in, p.inclusion, inclusion_root, leaf,
	    v, root, why);
}

enum err
cose_receipt_grows(const struct crypto *c, const struct keyring *logs,
    unsigned accept, struct bytes in, const uint8_t old[DIGEST_LEN],
    struct verified *v, uint8_t root[DIGEST_LEN], struct why *why)
{
	struct proofs p = {0};

	memset(v, 0, sizeof(*v));
	memset(root, 0, DIGEST_LEN);
	TRY(proofs_read(in, &p, why));
	return root_told(c, logs, accept, in, p.consistency, consistency_root,
	    old, v, root, why);
}
