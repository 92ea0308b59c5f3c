/*
 * server: a TAM on ports that are memory, for fuzzed messages.
 */
#include "world.h"

#define ROWS_DIGEST 0x11 /* the manifest in every list */
#define MEASURED    0x22 /* what launcher and agent must be */

/* ---- arena
 * ------------------------------------------------------------------- */

static struct {
	_Alignas(max_align_t) uint8_t octets[4u << 20];
	size_t used;
} heap;

static void *
get(void *ctx, size_t n)
{
	uint8_t *p = heap.octets + heap.used;

	(void)ctx;
	if (n > sizeof(heap.octets) - heap.used - 64)
		return NULL;
	heap.used += (n + 63) / 64 * 64;
	memset(p, 0, n);
	return p;
}

/* ---- what the store says
 * ------------------------------------------------------- */

static enum err
device(void *ctx, struct bytes kid, struct tam_device *out)
{
	(void)ctx;
	memset(out, 0, sizeof(*out));
	HOLDS(kid.n == KID_LEN);
	memcpy(out->kid, kid.p, KID_LEN);
	out->key = fuzz_key(5);
	out->has_report_key = true;
	out->report_key = fuzz_key(6);
	return OK;
}

static enum err
token(void *ctx, struct bytes tok, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct tam_token *out)
{
	(void)ctx;
	(void)mem;
	memset(out, 0, sizeof(*out));
	if (tok.n != TAM_TOKEN_LEN)
		return ERR_TOKEN;
	memcpy(out->token, tok.p, TAM_TOKEN_LEN);
	memcpy(out->kid, kid, KID_LEN);
	out->expires = UINT64_MAX;
	out->n_manifests = 1;
	memset(out->manifests[0], ROWS_DIGEST, DIGEST_LEN);
	out->unneeded = BYTES_LIT("\x81\x43"
				  "app");
	return OK;
}

static enum err
challenge(void *ctx, const uint8_t nonce[TAM_CHALLENGE_LEN],
    const uint8_t kid[KID_LEN])
{
	(void)ctx;
	(void)kid;
	return nonce[4] == 0xff ? ERR_REPLAY : OK;
}

static enum err
row(struct tam_manifest *out)
{
	static const uint8_t id[] = {0x81, 0x43, 'a', 'p', 'p'};

	memset(out, 0, sizeof(*out));
	memset(out->digest, ROWS_DIGEST, DIGEST_LEN);
	memcpy(out->id, id, sizeof(id));
	memcpy(out->component, id, sizeof(id));
	out->id_n = out->component_n = sizeof(id);
	out->sequence = 1;
	out->envelope_n = 4;
	return OK;
}

static enum err
rows(void *ctx, uint64_t dev, size_t nth, struct tam_manifest *out)
{
	(void)ctx;
	(void)dev;
	return nth > 0 ? ERR_NOT_FOUND : row(out);
}

static enum err
manifest(void *ctx, const uint8_t digest[DIGEST_LEN], struct tam_manifest *out)
{
	(void)ctx;
	return digest[0] != ROWS_DIGEST ? ERR_NOT_FOUND : row(out);
}

static enum err
granted(
    void *ctx, uint64_t dev, struct bytes component, struct tam_manifest *out)
{
	(void)ctx;
	(void)dev;
	return component.n % 2 == 0 ? ERR_NOT_FOUND : row(out);
}

static enum err
repair(void *ctx, uint64_t dev, struct bytes cause, size_t nth,
    struct tam_manifest *out)
{
	(void)cause;
	return rows(ctx, dev, nth, out);
}

static enum err
envelope(void *ctx, const uint8_t digest[DIGEST_LEN], const struct arena *mem,
    struct bytes *out)
{
	(void)ctx;
	(void)digest;
	(void)mem;
	*out = BYTES_LIT("\x43xyz");
	return OK;
}

static enum err
mac_key(void *ctx, size_t nth, uint8_t key[32])
{
	(void)ctx;
	memset(key, 0, 32);
	return nth > 0 ? ERR_NOT_FOUND : OK;
}

static const struct tam_view view = {NULL, device, token, challenge, rows, rows,
    repair, manifest, granted, envelope, mac_key};

/* ---- what the Verifier was told
 * -------------------------------------------------- */

static enum err
endorsed(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	(void)ctx;
	(void)kid;
	memset(out, 0, sizeof(*out));
	out->key = fuzz_key(7);
	memcpy(out->class_id, "model", 5);
	out->class_id_n = 5;
	memcpy(out->vendor, "0a0b0c", 7);
	out->ueid[0] = 1;
	out->ueid_n = 17;
	return OK;
}

static enum err
library(void *ctx, const struct acs_library **out)
{
	static uint8_t digest[DIGEST_LEN], room[1024];
	static struct acs_saying said[8];
	static struct corim corim;
	static const struct corim_scope scope = {
	    .kinds = (unsigned)CORIM_REFERENCE | CORIM_ENDORSED};
	static struct acs_source source = {
	    .corim = &corim, .scope = &scope, .n_scope = 1};
	static struct acs_library l;
#define ABOUT BYTES_LIT("model"), .vendor = BYTES_LIT("0a0b0c")
	static struct corim_entry e[] = {
	    {.kind = CORIM_REFERENCE,
		.class_id = ABOUT,
		.mkey = BYTES_LIT("hwversion"),
		.version = BYTES_LIT("rev-b")},
	    {.kind = CORIM_REFERENCE,
		.class_id = ABOUT,
		.mkey = BYTES_LIT("launcher"),
		.digest = BYTES_OF(digest)},
	    {.kind = CORIM_REFERENCE,
		.class_id = ABOUT,
		.mkey = BYTES_LIT("agent"),
		.digest = BYTES_OF(digest)},
	    {.kind = CORIM_ENDORSED,
		.class_id = ABOUT,
		.mkey = BYTES_LIT("assurance"),
		.name = BYTES_LIT("process-grade")},
	};
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;

	(void)ctx;
	*out = &l;
	if (l.said != NULL)
		return OK;
	memset(digest, MEASURED, sizeof(digest));
	HOLDS(corim_author(&w, "c", "t", 0, UINT64_MAX, e, ARRAY_LEN(e)) == OK);
	HOLDS(cbor_done(&w, &in) == OK);
	HOLDS(corim_parse(in, &corim, NULL) == OK);
	HOLDS(acs_library_begin(&l, &source, 1, 1000, false, NULL) == OK);
	HOLDS(acs_library_index(&l, said, ARRAY_LEN(said)) == OK);
	return OK;
}

static const struct verifier_store store = {NULL, endorsed, library};
static const struct scheme *const schemes[] = {&scheme_eat, NULL};
static struct verifier verifier = {.store = &store, .schemes = schemes};

const struct tam *
server_start(const struct arena **mem)
{
	static const struct arena arena = {NULL, get};
	static struct signer esp256, ed25519, result;
	static struct tam t;

	heap.used = 0;
	*mem = &arena;
	if (t.crypto != NULL)
		return &t;
	esp256 = ed25519 = fuzz_signer(2);
	ed25519.alg = ALG_ED25519;
	result = fuzz_signer(4);
	verifier.crypto = fuzz_crypto();
	t = (struct tam){
	    .crypto = fuzz_crypto(),
	    .view = &view,
	    .verifier = &verifier,
	    .config = tam_config_default(),
	    .esp256 = &esp256,
	    .ed25519 = &ed25519,
	    .result = &result,
	    .agree = &fuzz_agreer,
	};
	t.dialect.evidence = DIALECT_IF_KEY;
	kid_text(esp256.kid, t.audience[0]);
	kid_text(ed25519.kid, t.audience[1]);
	return &t;
}
