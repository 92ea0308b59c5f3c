/*
 * teep: an image with what TEEP, COSE and CBOR cost: read a signed message,
 * write a signed answer, encrypt what goes with it.  It is linked to be
 * weighed, never run.
 */
#include "image.h"

enum err
image_teep(void)
{
	struct cbor_out plain = cbor_into(SPAN_OF(room.plain));
	struct cbor_out w = cbor_into(SPAN_OF(room.out));
	struct teep_message m;
	struct verified v;

	TRY(cose_verify(
	    &port, &ring, ACCEPT_SIGN1 | ACCEPT_SIGN, input, &v, &why));
	TRY(teep_read(&v, NULL, &m, &why));
	if (!teep_suites_have(m.suites, ALG_ESP256) ||
	    !teep_uints_have(m.freshness, TEEP_FRESH_NONCE))
		return ERR_NO_COMMON_SUITE;
	TRY(cose_encrypt_write(
	    &plain, &port, ALG_A128GCM, &peer, port_kid, COSE_CTX_EAT, input));
	TRY(cbor_done(&plain, &m.attestation));
	TRY(teep_write(&plain, NULL, &m));
	TRY(cbor_done(&plain, &output));
	TRY(cose_sign1_write(&w, &self, output, NULL, WRITE_TAGGED));
	return cbor_done(&w, &output);
}
