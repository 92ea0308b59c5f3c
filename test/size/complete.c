/*
 * complete: TEEP, manifests, Evidence, Results and reports.
 */
#include "image.h"

enum err
image_complete(void)
{
	struct cbor_out w = cbor_into(SPAN_OF(room.plain));
	struct eat_manifest m = {input, ALG_SHA256, input};
	struct eat_component c = {input, input, input};
	uint8_t kid[KID_LEN];
	struct eat_claims claims;
	struct verified v;

	TRY(image_manifest());
	TRY(suit_report_write(&w, &room.run, input));
	TRY(suit_report_brief(
	    &w, why.err, input, room.manifest.digest, input, output));
	suit_capabilities_put(
	    &w, &port, room.run.host, (struct list){input, 1});
	suit_claims_put(&w, input, room.manifest.digest, 0);
	TRY(cose_verify(&port, &ring, ACCEPT_SIGN1, input, &v, &why));
	TRY(eat_read(&v, &claims, &why));
	TRY(eat_result_complete(&claims, &why));
	TRY(eat_cnf_kid(&port, claims.cnf, kid));
	eat_manifest_put(&w, &m);
	eat_component_put(&w, &c);
	eat_cnf_put_key(&w, &peer);
	TRY(eat_write(&w, &claims));
	return cbor_done(&w, &output);
}
