/* suit_run: a manifest, followed by its payload, run in every procedure.  A
 * payload that is a map is a manifest, too: one that the other may depend on,
 * by the digest of 32 zeros, which stands for its own. */
#include "fuzz.h"

/* Put the digest where the manifest has zeros for it. */
static struct bytes
with_digest(struct bytes manifest, const uint8_t digest[DIGEST_LEN])
{
	static const uint8_t zeros[DIGEST_LEN];
	static uint8_t copy[65536];

	if (manifest.n > sizeof(copy))
		return manifest;
	memcpy(copy, manifest.p, manifest.n);
	for (size_t i = 0; i + DIGEST_LEN <= manifest.n; i++)
		if (memcmp(copy + i, zeros, DIGEST_LEN) == 0)
			memcpy(copy + i, digest, DIGEST_LEN);
	return (struct bytes){copy, manifest.n};
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t room[1 << 20];
	struct cbor_in r = cbor_open((struct bytes){p, n}), inner;
	struct bytes manifest = cbor_raw(&r, CBOR_MAP), out;
	struct bytes payload = {p + r.at, n - r.at};
	struct suit_manifest m;
	struct why why;

	inner = cbor_open(payload);
	if (cbor_peek(&inner) == CBOR_MAP &&
	    fuzz_envelope(payload, BYTES_LIT("x"), SPAN_OF(room), &out) == OK &&
	    suit_parse(out, &m, NULL) == OK) {
		payload = out;
		manifest = with_digest(manifest, m.digest);
	}
	if (fuzz_envelope(manifest, payload, SPAN_OF(fuzz_room), &out) != OK ||
	    suit_open(fuzz_crypto(), &fuzz_ring, out, &m, &why) != OK)
		return 0;
	fuzz_procedure(&m, payload, SUIT_DO_UPDATE);
	fuzz_procedure(&m, payload, SUIT_DO_INVOKE);
	fuzz_procedure(&m, payload, SUIT_DO_UNINSTALL);
	return 0;
}
