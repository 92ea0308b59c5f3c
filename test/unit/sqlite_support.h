/*
 * sqlite_support: databases in a directory of their own, and things to put
 * into them.
 */
#ifndef SQLITE_SUPPORT_H
#define SQLITE_SUPPORT_H

#include "rats_support.h"

#include <policy.h>
#include <store.h>
#include <tamarind/suit.h>
#include <unistd.h>

#define NONE SIZE_MAX

struct bench {
	char dir[64], policy_path[96], state_path[96];
	struct policy *p;
	struct pair author, other, maker, device[2], evidence[2];
	const struct crypto *c;
};

static struct bench b;

static inline int
bench_open(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.c = crypto_openssl();
	(void)snprintf(b.dir, sizeof(b.dir), "/tmp/sqlite-test-XXXXXX");
	assert_non_null(mkdtemp(b.dir));
	(void)snprintf(
	    b.policy_path, sizeof(b.policy_path), "%s/policy.db", b.dir);
	(void)snprintf(
	    b.state_path, sizeof(b.state_path), "%s/state.db", b.dir);
	assert_int_equal(policy_create(b.policy_path), OK);
	assert_int_equal(state_create(b.state_path), OK);
	assert_int_equal(policy_open(b.policy_path, true, &b.p), OK);
	pair_make(&b.author, CRV_P256, false);
	pair_make(&b.other, CRV_ED25519, false);
	pair_make(&b.maker, CRV_P256, false);
	for (size_t i = 0; i < 2; i++) {
		pair_make(&b.device[i], CRV_P256, false);
		pair_make(&b.evidence[i], CRV_P256, false);
	}
	return 0;
}

static inline int
bench_close(void **state)
{
	static const char *const file[] = {"policy.db", "policy.db-journal",
	    "state.db", "state.db-wal", "state.db-shm", "state.db.lock"};
	char path[128];

	(void)state;
	policy_close(b.p);
	pair_free(&b.author);
	pair_free(&b.other);
	pair_free(&b.maker);
	for (size_t i = 0; i < 2; i++) {
		pair_free(&b.device[i]);
		pair_free(&b.evidence[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", b.dir, file[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(b.dir), 0);
	return 0;
}

/* ---- anchors ---------------------------------------------------------------
 */

static inline enum err
anchor(const char *name, const struct pair *key, unsigned kinds,
    const char *vendor)
{
	struct policy_anchor a = {.key = key->pub, .n_scopes = 1, .added = NOW};

	(void)snprintf(a.name, sizeof(a.name), "%s", name);
	a.scope[0].kinds = kinds;
	(void)snprintf(
	    a.scope[0].vendor, sizeof(a.scope[0].vendor), "%s", vendor);
	return policy_anchor_add(b.p, b.c, &a);
}

/* ---- manifests -------------------------------------------------------------
 */

static uint8_t envelope_room[8192];

/* Sign component "ta/NAME" with this sequence and payload by key. */
static inline struct bytes
envelope(const struct pair *key, const char *name, uint64_t sequence,
    const char *payload)
{
	static uint8_t plain[4096];
	uint8_t id[64], digest[DIGEST_LEN];
	struct bytes content = {(const uint8_t *)payload, strlen(payload)};
	struct cbor_out w = cbor_into(SPAN_OF(id));
	struct suit_recipe r = {.sequence = sequence,
	    .payload = content,
	    .size = content.n,
	    .uri = BYTES_LIT("#p"),
	    .digest = BYTES_OF(digest)};
	struct bytes out;

	cbor_put_array(&w, 2);
	cbor_put_bstr(&w, BYTES_LIT("ta"));
	cbor_put_bstr(&w, (struct bytes){(const uint8_t *)name, strlen(name)});
	assert_int_equal(cbor_done(&w, &r.component), OK);
	assert_int_equal(b.c->sha256(&content, 1, digest), OK);
	w = cbor_into(SPAN_OF(plain));
	assert_int_equal(suit_author(&w, b.c, &r), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	w = cbor_into(SPAN_OF(envelope_room));
	assert_int_equal(suit_author_sign(&w, b.c, out, &key->s), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static inline enum err
add(const struct pair *key, const char *name, uint64_t sequence,
    const char *payload, struct policy_manifest *out)
{
	struct policy_manifest unused;
	struct why why = {0};

	return policy_manifest_add(b.p, b.c,
	    envelope(key, name, sequence, payload), NOW,
	    out != NULL ? out : &unused, &why);
}

/* ---- counting --------------------------------------------------------------
 */

static inline enum err
count_manifest(void *ctx, const struct tam_manifest *row)
{
	(void)row;
	++*(size_t *)ctx;
	return OK;
}

#endif
