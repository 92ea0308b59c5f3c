/*
 * suit_depend: manifests that depend on others, and benches to run them on, for
 * the tests of dependencies.
 */
#ifndef TEST_SUIT_DEPEND_H
#define TEST_SUIT_DEPEND_H

#include "suit_fake.h"

/* The one that depends: ['d'] holds the other, whose digest it signed. */
#define OUTER(shared, members)                                         \
	"{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a']],4:<<[12,0,20,{3:%1$s," \
	"21:\"#d\"}" shared "]>>}>>," members "}"
#define INNER(members) "{1:1,2:3,3:<<{2:[['b']]}>>," members "}"
#define SHARED_INNER(shared, members) \
	"{1:1,2:3,3:<<{2:[['b']],4:<<[" shared "]>>}>>," members "}"

#define ZEROS \
	"h'0000000000000000000000000000000000000000000000000000000000000000'"
#define DIGEST_0 "<<[-16," ZEROS "]>>"

#define ALL "12,0,7,15,11,15"
#define GET "12,0,21,2,7,15,11,15"

static inline const char *
digest_in(struct bytes env)
{
	struct suit_manifest m;
	char *text = pool_take(128);

	assert_int_equal(suit_parse(env, &m, NULL), OK);
	(void)snprintf(text, 128, "<<[-16,h'%s']>>", hexed(BYTES_OF(m.digest)));
	return text;
}

static inline struct bytes
integrated(const char *outer, struct bytes inner)
{
	char *more = pool_take(2 * inner.n + 32);

	(void)snprintf(more, 2 * inner.n + 32, "\"#d\":h'%s'", hexed(inner));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return envelope(cbor(outer, digest_in(inner)), more, 1);
#pragma GCC diagnostic pop
}

static inline struct bench *
bench_new(uint32_t compat)
{
	static struct bench b;

	pool.used = 0;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	fake_depend(&b.fake);
	b.fake.host.compat = compat;
	return &b;
}

#endif
