/*
 * fault_cose: faults of signatures, headers and encryption.        [RFC 9052]
 */
#include "fault.h"

#include <string.h>

/* An unassigned header label. */
#define KEY_900 "\x19\x03\x84"

/* ---- signatures -----------------------------------------------------------
 */

/* Where the (first) signature stands. */
static const char *
signature_path(const struct fault_place *at, struct bytes x)
{
	struct bytes fourth = edit_find(x, "3");

	if (at->made == MADE_MANIFEST)
		return "2/1/3";
	return fourth.n > 0 && fourth.p[0] >> 5 == CBOR_ARRAY ? "3/0/2" : "3";
}

/* In a COSE_Sign every signature is treated alike: no other one saves it. */
static void
every_signature(struct build *b, const struct fault_place *at, struct bytes *x,
    enum edit_op op, int32_t n, struct bytes value)
{
	const char *first = signature_path(at, *x);

	*x = edit(b, *x, op, first, n, value);
	for (unsigned i = 1; i < COSE_SIGNERS_MAX && *first != '2'; i++) {
		char path[16];

		(void)snprintf(path, sizeof(path), "3/%u/2", i);
		if (strlen(first) > 1 && edit_find(*x, path).n > 0)
			*x = edit(b, *x, op, path, n, value);
	}
}

FAULT_OCTETS(fault_signature)
{
	every_signature(b, ctx, x, EDIT_FLIP, -1, BYTES_NONE);
}

FAULT_OCTETS(fault_signature_short)
{
	every_signature(b, ctx, x, EDIT_CUT, 1, BYTES_NONE);
}

FAULT_OCTETS(fault_signature_long)
{
	every_signature(b, ctx, x, EDIT_GROW, 0, BYTES_LIT("\x00"));
}

FAULT_OCTETS(fault_signature_zero)
{
	static const uint8_t zero[2 + SIG_LEN] = {0x58, SIG_LEN};

	every_signature(b, ctx, x, EDIT_SET, 0, BYTES_OF(zero));
}

FAULT_OCTETS(fault_payload)
{
	const struct fault_place *at = ctx;

	/* the digest is what the block of an envelope signs */
	*x = edit(b, *x, EDIT_FLIP, at->made == MADE_MANIFEST ? "2/0" : "2", -1,
	    BYTES_NONE);
}

FAULT_OCTETS(fault_unsigned)
{
	struct bytes payload = edit_find(*x, "2");

	(void)ctx;
	*x = edit(b, payload, EDIT_OPEN, "", 0, BYTES_NONE);
}

/* Whatever tag is there gives way to that of a COSE_Mac0. */
FAULT_OCTETS(fault_tag_wrong)
{
	(void)ctx;
	if (x->n > 0 && x->p[0] >> 5 == CBOR_TAG)
		*x = edit(b, *x, EDIT_UNTAG, "", 0, BYTES_NONE);
	*x = edit(b, *x, EDIT_TAG, "", 17, BYTES_NONE);
}

/* ---- headers --------------------------------------------------------------
 */

FAULT_SIGN(fault_alg_missing)
{
	(void)b;
	(void)ctx;
	s->prot = BYTES_NONE;
}

FAULT_SIGN(fault_alg_unprotected)
{
	struct bytes alg_said = edit_find(s->prot, "1");

	(void)ctx;
	s->prot = BYTES_NONE;
	s->unprot =
	    edit(b, s->unprot, EDIT_SET, "1", 0, build_copy(b, alg_said));
}

static void
alg(struct build *b, struct build_sign *s, int32_t number)
{
	s->prot = edit(b, s->prot, EDIT_SET, "1", 0, build_int(b, number));
}

FAULT_SIGN(fault_alg_mismatch)
{
	const struct fault_place *at = ctx;
	bool message = (at->made & MADE_MESSAGES) != 0;

	alg(b, s,
	    dialect_alg(message ? b->dialect : NULL,
		s->by->alg == ALG_ESP256 ? ALG_ED25519 : ALG_ESP256));
}

FAULT_SIGN(fault_alg_polymorphic)
{
	(void)ctx;
	alg(b, s, s->by->alg == ALG_ESP256 ? ALG_ES256 : ALG_EDDSA);
}

FAULT_SIGN(fault_alg_unknown)
{
	(void)ctx;
	alg(b, s, -60000);
}

FAULT_SIGN(fault_alg_twice)
{
	(void)ctx;
	s->prot = edit(b, s->prot, EDIT_TWICE, "1", 0, BYTES_NONE);
}

FAULT_SIGN(fault_crit_unknown)
{
	(void)ctx;
	s->prot =
	    edit(b, s->prot, EDIT_APPEND, "", 0, BYTES_LIT("\x02\x81" KEY_900));
	s->prot =
	    edit(b, s->prot, EDIT_APPEND, "", 0, BYTES_LIT(KEY_900 "\xf5"));
}

FAULT_SIGN(fault_crit_empty)
{
	(void)ctx;
	s->prot = edit(b, s->prot, EDIT_APPEND, "", 0, BYTES_LIT("\x02\x80"));
}

FAULT_SIGN(fault_crit_unprotected)
{
	(void)ctx;
	s->unprot =
	    edit(b, s->unprot, EDIT_APPEND, "", 0, BYTES_LIT("\x02\x81\x01"));
}

FAULT_SIGN(fault_kid_none)
{
	(void)ctx;
	s->unprot = edit(b, s->unprot, EDIT_DROP, "4", 0, BYTES_NONE);
}

FAULT_SIGN(fault_kid_unknown)
{
	(void)ctx;
	s->unprot = edit(b, s->unprot, EDIT_SET, "4", 0,
	    build_bstr(b, build_random(b, KID_LEN)));
}

FAULT_SIGN(fault_kid_wrong)
{
	const struct fault_place *at = ctx;

	s->unprot = edit(b, s->unprot, EDIT_SET, "4", 0,
	    build_bstr(b, (struct bytes){at->other, KID_LEN}));
}

FAULT_SIGN(fault_kid_both)
{
	struct bytes kid = edit_find(s->unprot, "4");

	(void)ctx;
	s->prot = edit(b, s->prot, EDIT_SET, "4", 0, kid);
}

FAULT_SIGN(fault_header_unknown)
{
	(void)ctx;
	s->prot =
	    edit(b, s->prot, EDIT_APPEND, "", 0, BYTES_LIT(KEY_900 "\x01"));
	s->unprot = edit(b, s->unprot, EDIT_APPEND, "", 0,
	    BYTES_LIT("\x19\x03\x85\x63"
		      "any"));
}

FAULT_SIGN(fault_header_large)
{
	struct span room = build_room(b, COSE_HDR_MAX + 1);
	struct bytes value;

	(void)ctx;
	if (room.p == NULL)
		return;
	memset(room.p, 0, room.n);
	value = build_bstr(b, (struct bytes){room.p, room.n});
	s->prot = edit(b, s->prot, EDIT_SET, "900", 0, value);
}

FAULT_SEALS(fault_clear)
{
	(void)b;
	(void)ctx;
	s->to = NULL;
}
