/*
 * keeper_attest: Evidence about this TAM, by the process that has its keys.
 *                                            [docs/evidence.md 7]
 *
 * It measures its own program, which is the front's as well, and speaks of no
 * key that is not its own: whoever takes the front gets no Evidence about
 * another program or another key.
 */
#include "keeper.h"

#include <crypto_openssl.h>
#include <string.h>

/* The one text of [tstr]. */
static enum err
version_text(struct bytes in, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_array(&r, 1);
	*out = cbor_tstr(&r, 1, 64);
	return cbor_close(&r);
}

/* The octets of an oemid, which self_write has put there as such. */
static enum err
oemid_octets(struct bytes in, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	*out = cbor_bstr(&r, 3, 16);
	return cbor_close(&r);
}

enum err
keeper_attest(const struct keeper *k, int64_t n, struct bytes challenge,
    struct span scratch, struct bytes *out, struct why *why)
{
	struct eat_attester a = {
	    .crypto = crypto_openssl(),
	    .signer = &k->evidence,
	    .key = k->evidence_pub,
	    .bootseed = BYTES_OF(k->bootseed),
	    .counter = BYTES_LIT("none"),
	};
	struct attest_request q = {
	    .challenge = challenge, .report = k->pub[KEY_RESULT]};
	char audience[KID_TEXT];
	struct eat_manifest own;
	struct eat_claims c;
	struct cbor_in r;

	*out = BYTES_NONE;
	if (k->evidence.sign == NULL || k->self.n == 0)
		return why_set(why, ERR_KEY_PURPOSE, "evidence key");
	if (n < 0 || (uint64_t)n >= k->n_keys || k->teep[n].sign == NULL)
		return why_set(why, ERR_KEY_PURPOSE, "key");
	if (challenge.n < 8 || challenge.n > 64)
		return why_set(why, ERR_RANGE, "challenge");
	TRY(eat_parse((struct bytes){k->self.room, k->self.n}, &c, why));
	TRY(version_text(c.hwversion, &a.hwversion));
	TRY(oemid_octets(c.oemid, &a.oemid));
	r = cbor_items(c.manifests);
	TRY(eat_manifest_read(&r, &own));
	a.ueid = c.ueid;
	a.hwmodel = c.hwmodel;
	/* one program in all its processes */
	a.launcher = a.agent = a.manifest = own.digest;
	q.teep = k->pub[n];
	kid_text(k->teep[n].kid, audience);
	q.audience = bytes_of_text(audience);
	return eat_attest(&a, &q, scratch, out, why);
}
