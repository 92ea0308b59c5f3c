/*
 * suit_fake: for the tests of the SUIT room: CBOR from diagnostic notation,
 * envelopes from their parts, and a device in memory.
 */
#ifndef SUIT_FAKE_H
#define SUIT_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "append.h"
#include "crypto_port.h"
#include <suit/suit_int.h>

/* ---- memory that lives as long as the test ------------------------------ */

struct pool {
	uint8_t octets[1 << 18];
	size_t used;
};

static struct pool pool;

/* A call, or a compiler that sees two pieces of one pool in a snprintf thinks
 * that they may overlap.  Not every test takes from it. */
static __attribute__((noinline, unused)) void *
pool_take(size_t n)
{
	void *p = pool.octets + pool.used;

	assert_true(n <= sizeof(pool.octets) - pool.used);
	pool.used += n;
	return p;
}

/* ---- diagnostic notation ------------------------------------------------- */

static inline void
diag_space(const char **s)
{
	while (**s == ' ' || **s == '\n' || **s == ',' || **s == ':')
		(*s)++;
}

static inline unsigned
hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* Put what stands at *s into w: numbers, 'bytes', h'hex', "text", [..], {..},
 * <<item>>, tag(..), true, false, null. */
static inline void
diag_put(struct cbor_out *w, const char **s)
{
	diag_space(s);
	if (**s == '[' || **s == '{') {
		char end = **s == '[' ? ']' : '}';
		uint8_t *room = malloc(1 << 16);
		struct cbor_out in = cbor_into((struct span){room, 1 << 16});
		size_t n = 0;

		assert_non_null(room);
		for ((*s)++, diag_space(s); **s != end; diag_space(s), n++)
			diag_put(&in, s);
		(*s)++;
		if (end == ']')
			cbor_put_array(w, n);
		else
			cbor_put_map(w, n / 2);
		assert_int_equal(in.err, OK);
		cbor_put_raw(w, (struct bytes){room, in.at});
		free(room);
	} else if (strncmp(*s, "<<", 2) == 0) {
		size_t mark = cbor_wrap_begin(w);

		*s += 2;
		diag_put(w, s);
		diag_space(s);
		assert_memory_equal(*s, ">>", 2);
		*s += 2;
		cbor_wrap_end(w, mark);
	} else if (strncmp(*s, "h'", 2) == 0) {
		uint8_t b[4096];
		size_t n = 0;

		for (*s += 2; **s != '\''; *s += 2)
			b[n++] = (uint8_t)(hex_digit((*s)[0]) << 4 |
					   hex_digit((*s)[1]));
		(*s)++;
		cbor_put_bstr(w, (struct bytes){b, n});
	} else if (**s == '\'' || **s == '"') {
		const char *end = strchr(*s + 1, **s);
		struct bytes b = {
		    (const uint8_t *)*s + 1, (size_t)(end - *s - 1)};

		if (**s == '"')
			cbor_put_tstr(w, b);
		else
			cbor_put_bstr(w, b);
		*s = end + 1;
	} else if (strncmp(*s, "true", 4) == 0) {
		*s += 4;
		cbor_put_bool(w, true);
	} else if (strncmp(*s, "false", 5) == 0) {
		*s += 5;
		cbor_put_bool(w, false);
	} else if (strncmp(*s, "null", 4) == 0) {
		*s += 4;
		cbor_put_null(w);
	} else {
		char *end;
		long long v = strtoll(*s, &end, 10);

		assert_ptr_not_equal(end, *s);
		*s = end;
		if (*end == '(') {
			cbor_put_tag(w, (uint64_t)v);
			(*s)++;
			diag_put(w, s);
			diag_space(s);
			assert_true(*(*s)++ == ')');
		} else {
			cbor_put_int(w, v);
		}
	}
}

/* CBOR of a text made as by printf. */
static inline struct bytes __attribute__((format(printf, 1, 2)))
cbor(const char *format, ...)
{
	struct cbor_out w;
	struct bytes out;
	const char *s;
	char text[16384];
	uint8_t *room = pool_take(8192);
	va_list ap;

	va_start(ap, format);
	assert_true(
	    vsnprintf(text, sizeof(text), format, ap) < (int)sizeof(text));
	va_end(ap);
	s = text;
	w = cbor_into((struct span){room, 8192});
	diag_put(&w, &s);
	diag_space(&s);
	assert_int_equal(*s, 0);
	assert_int_equal(cbor_done(&w, &out), OK);
	pool.used -= 8192 - out.n;
	return out;
}

/* The hex digits of some octets. */
static inline const char *
hexed(struct bytes b)
{
	char *text = pool_take(2 * b.n + 1);

	for (size_t i = 0; i < b.n; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", b.p[i]);
	text[2 * b.n] = 0;
	return text;
}

/* h'82..', the SUIT_Digest of some octets, encoded. */
static inline const char *
digest_of(const char *content)
{
	struct bytes part = {(const uint8_t *)content, strlen(content)};
	uint8_t sha[DIGEST_LEN];
	char *text = pool_take(128);

	assert_int_equal(test_crypto()->sha256(&part, 1, sha), OK);
	text[0] = 0;
	(void)append(text, 128, "<<[-16,h'");
	for (size_t i = 0; i < sizeof(sha); i++)
		(void)append(text, 128, "%02x", sha[i]);
	return append(text, 128, "']>>");
}

/* ---- files and keys ------------------------------------------------------ */

static inline struct bytes
suit_file(const char *name)
{
	uint8_t *room = pool_take(4096);
	char path[512];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/suit/%s", VECTORS, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s", path);
	n = fread(room, 1, 4096, f);
	assert_true(n > 0 && n < 4096);
	(void)fclose(f);
	return (struct bytes){room, n};
}

/* The keys a test trusts. */
struct suit_ring {
	struct cose_key key[4];
	size_t n;
};

static inline enum err
suit_ring_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct suit_ring *r = ctx;

	for (size_t i = 0; i < r->n; i++) {
		uint8_t tp[KID_LEN];

		assert_int_equal(
		    cose_key_thumbprint(test_crypto(), &r->key[i], tp), OK);
		if (kid.n > 0 ? !bytes_same(kid, BYTES_OF(tp))
			      : cose_key_alg(&r->key[i]) != alg)
			continue;
		if (nth-- == 0) {
			*out = r->key[i];
			return OK;
		}
	}
	return ERR_UNKNOWN_KEY;
}

static inline void
trust(struct suit_ring *r, const char *name)
{
	assert_int_equal(
	    test_public_read(suit_file(name), &r->key[r->n++]), OK);
}

static inline struct keyring
ring_view(struct suit_ring *r)
{
	return (struct keyring){r, suit_ring_find};
}

/* ---- envelopes from parts -------------------------------------------------
 */

/* Author "A": signs what the tests make. */
static inline struct signer
author(void)
{
	struct signer s;

	assert_int_equal(
	    test_signer_load(suit_file("key-es256-author.priv.pem"), &s), OK);
	return s;
}

/* An envelope around a manifest, signed; more is further pairs of the
 * envelope, n of them, in diagnostic notation without braces. */
static inline struct bytes
envelope(struct bytes manifest, const char *more, size_t n_more)
{
	uint8_t *room = pool_take(8192);
	struct cbor_out w = cbor_into((struct span){room, 8192});
	struct bytes part[2] = {BYTES_NONE, manifest}, head, out, item;
	struct signer s = author();
	uint8_t head_room[9], sha[DIGEST_LEN], item_room[64];
	struct cbor_out h = cbor_into(SPAN_OF(head_room));
	struct cbor_out d = cbor_into(SPAN_OF(item_room));
	size_t mark, inner;

	cbor_put_bstr_head(&h, manifest.n);
	assert_int_equal(cbor_done(&h, &head), OK);
	part[0] = head;
	assert_int_equal(test_crypto()->sha256(part, 2, sha), OK);
	suit_digest_put(&d, sha);
	assert_int_equal(cbor_done(&d, &item), OK);
	cbor_put_map(&w, 2 + n_more);
	cbor_put_uint(&w, 2);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 2);
	cbor_put_bstr(&w, item);
	inner = cbor_wrap_begin(&w);
	assert_int_equal(
	    cose_sign1_write(&w, &s, item, NULL, WRITE_TAGGED | WRITE_DETACHED),
	    OK);
	cbor_wrap_end(&w, inner);
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, manifest);
	for (size_t i = 0; i < 2 * n_more; i++)
		diag_put(&w, &more);
	assert_int_equal(cbor_done(&w, &out), OK);
	pool.used -= 8192 - out.n;
	test_signer_free(&s);
	return out;
}

/* A manifest with these components ("['a'],['b']"), shared sequence ("[]" for
 * none) and further members ("7:<<[..]>>"). */
#define MANIFEST(components, shared, members) \
	"{1:1, 2:7, 3:<<{2:[" components "], 4:<<" shared ">>}>>, " members "}"

/* Open it, trusting author A. */
static inline enum err
open_it(struct bytes env, struct suit_manifest *m, struct why *why)
{
	static struct suit_ring r;
	struct keyring k = ring_view(&r);

	if (r.n == 0)
		trust(&r, "key-es256-author.pub.pem");
	return suit_open(test_crypto(), &k, env, m, why);
}

/* ---- a device in memory ----------------------------------------------------
 */

#define VENDOR "h'c0ddd5f15243566087db4f5b0aa26c2f'"
#define CLASS  "h'db42f7093d8c55baa8c5265fc5820f4e'"

struct fake_slot {
	char id[32]; /* first segment */
	char content[2048];
	size_t n;
	bool there;
};

struct fake {
	struct suit_host host;
	struct fake_slot slot[32];
	char log[4096];   /* what was done, in order */
	enum err may[40]; /* answer for each command */
	enum err may_fetch;
	enum err write_begin, write_more, write_end, digest, invoke, unlink;
	struct suit_depending_host depending;
	struct suit_manifest room[SUIT_PARTS_MAX - 1];
	enum err admit;
	struct fake_slot *open;
	char staged[2048];
	size_t n_staged;
};

static inline void __attribute__((format(printf, 2, 3)))
fake_log(struct fake *f, const char *format, ...)
{
	size_t at = strlen(f->log);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(f->log + at, sizeof(f->log) - at, format, ap);
	va_end(ap);
}

static inline struct fake_slot *
fake_slot(struct fake *f, struct bytes id)
{
	struct cbor_in r = cbor_open(id);
	struct bytes seg;
	char name[32] = "";

	(void)cbor_array_any(&r, 1, 8);
	seg = cbor_bstr(&r, 1, sizeof(name) - 1);
	assert_int_equal(r.err, OK);
	memcpy(name, seg.p, seg.n);
	for (size_t i = 0; i < ARRAY_LEN(f->slot); i++) {
		if (f->slot[i].id[0] == 0)
			memcpy(f->slot[i].id, name, sizeof(name));
		if (strcmp(f->slot[i].id, name) == 0)
			return &f->slot[i];
	}
	fail_msg("too many components");
	return NULL;
}

static inline bool
fake_vendor(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return bytes_same(value, (struct bytes){cbor(VENDOR).p + 1, 16}) ||
	       bytes_same(value, cbor("112(h'0102')"));
}

static inline bool
fake_class(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return bytes_same(value, (struct bytes){cbor(CLASS).p + 1, 16});
}

static inline enum err
fake_may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	struct fake *f = ctx;

	(void)m;
	(void)fake_slot(f, id);
	return f->may[cmd];
}

static inline enum err
fake_may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	struct fake *f = ctx;

	(void)m;
	fake_log(f, "may-fetch %.*s;", (int)uri.n, (const char *)uri.p);
	return f->may_fetch;
}

static inline enum err
fake_begin(void *ctx, struct bytes id, uint64_t size)
{
	struct fake *f = ctx;

	assert_null(f->open);
	fake_log(f, "begin %s %d;", fake_slot(f, id)->id, (int)size);
	if (f->write_begin != OK)
		return f->write_begin;
	f->open = fake_slot(f, id);
	f->n_staged = 0;
	return OK;
}

static inline enum err
fake_more(void *ctx, struct bytes piece)
{
	struct fake *f = ctx;

	assert_non_null(f->open);
	assert_true(piece.n <= sizeof(f->staged) - f->n_staged);
	if (piece.n > 0)
		memcpy(f->staged + f->n_staged, piece.p, piece.n);
	f->n_staged += piece.n;
	return f->write_more;
}

static inline enum err
fake_end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	struct fake *f = ctx;
	struct bytes part = {(const uint8_t *)f->staged, f->n_staged};
	uint8_t sha[DIGEST_LEN];

	assert_non_null(f->open);
	assert_int_equal(size, f->n_staged);
	assert_int_equal(test_crypto()->sha256(&part, 1, sha), OK);
	assert_memory_equal(sha, sha256, DIGEST_LEN);
	if (f->write_end != OK)
		return f->write_end;
	memcpy(f->open->content, f->staged, f->n_staged);
	f->open->n = f->n_staged;
	f->open->there = true;
	f->open = NULL;
	fake_log(f, "end;");
	return OK;
}

static inline void
fake_drop(void *ctx)
{
	struct fake *f = ctx;

	assert_non_null(f->open);
	f->open = NULL;
	fake_log(f, "drop;");
}

static inline enum err
fake_digest(
    void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct fake *f = ctx;
	struct fake_slot *s = fake_slot(f, id);
	struct bytes part = {(const uint8_t *)s->content, s->n};

	fake_log(f, "digest %s;", s->id);
	if (f->digest != OK)
		return f->digest;
	if (!s->there)
		return ERR_NOT_INSTALLED;
	*size = s->n;
	return test_crypto()->sha256(&part, 1, sha256);
}

static inline enum err
fake_unlink(void *ctx, struct bytes id)
{
	struct fake *f = ctx;

	fake_log(f, "unlink %s;", fake_slot(f, id)->id);
	fake_slot(f, id)->there = false;
	return f->unlink;
}

static inline enum err
fake_invoke(void *ctx, struct bytes id, struct bytes args)
{
	struct fake *f = ctx;

	fake_log(f, "invoke %s '%.*s';", fake_slot(f, id)->id, (int)args.n,
	    args.n > 0 ? (const char *)args.p : "");
	return f->invoke;
}

static inline enum err
fake_view(void *ctx, struct bytes id, struct bytes *out)
{
	struct fake_slot *s = fake_slot(ctx, id);
	uint8_t *p = pool_take(s->n);

	if (!s->there)
		return ERR_NOT_INSTALLED;
	memcpy(p, s->content, s->n);
	*out = (struct bytes){p, s->n};
	return OK;
}

static inline enum err
fake_admit(
    void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	struct fake *f = ctx;

	assert_true(m->n_signers > 0 && of->n_signers > 0);
	fake_log(f, "admit %d;", (int)m->sequence);
	return f->admit;
}

/* Let its manifests have dependencies, signed by author A. */
static inline void
fake_depend(struct fake *f)
{
	static struct suit_ring r;
	static struct keyring k;

	if (r.n == 0)
		trust(&r, "key-es256-author.pub.pem");
	k = ring_view(&r);
	f->depending = (struct suit_depending_host){
	    &k, f->room, ARRAY_LEN(f->room), fake_view, fake_admit, NULL};
	f->host.depending = &f->depending;
}

static inline void
fake_make(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->host = (struct suit_host){
	    .ctx = f,
	    .vendor_is = fake_vendor,
	    .class_is = fake_class,
	    .may = fake_may,
	    .may_fetch = fake_may_fetch,
	    .write_begin = fake_begin,
	    .write_more = fake_more,
	    .write_end = fake_end,
	    .write_drop = fake_drop,
	    .digest = fake_digest,
	    .unlink = fake_unlink,
	    .invoke = fake_invoke,
	};
}

static inline void
fake_install(struct fake *f, const char *id, const char *content)
{
	struct fake_slot *s = fake_slot(f, cbor("['%s']", id));

	s->n = strlen(content);
	memcpy(s->content, content, s->n);
	s->there = true;
}

static inline const char *
fake_content_of(struct fake *f, const char *id)
{
	struct fake_slot *s = fake_slot(f, cbor("['%s']", id));

	s->content[s->n] = 0;
	return s->there ? s->content : NULL;
}

/* A run with all it needs. */
struct bench {
	struct fake fake;
	struct suit_manifest m;
	struct suit_run run;
	struct suit_ask ask;
};

/* Open, start and run to the end or a fetch; the manifest must open. */
static inline enum suit_state
bench_run(struct bench *b, struct bytes env, enum suit_procedure procedure)
{
	struct why why = {.err = OK};
	enum err e = open_it(env, &b->m, &why);

	if (e != OK)
		fail_msg("%s (%s)", err_name(e), why.what);
	if (suit_start(
		&b->run, test_crypto(), &b->fake.host, &b->m, procedure) != OK)
		return SUIT_FAILED;
	return suit_next(&b->run, &b->ask);
}

#endif
