/*
 * Every file in test/vectors/rats stands in its index, with the reader it is
 * for and what that reader makes of it; and nothing else stands there.  What
 * each file says is held against its reader's own test.
 */
#include <ftw.h>

#include "rats_vectors.h"
#include <rats_json.h>

/* ---- readers: each answers what it makes of a whole file ----------------- */

static enum err
claims(struct bytes in)
{
	struct eat_claims c;

	return eat_parse(in, &c, NULL);
}

static enum err
measured(struct bytes in)
{
	struct eat_measured m;

	return eat_measured_read(in, &m);
}

static enum err
ear(struct bytes in)
{
	static const struct bytes profiles[] = {BYTES_LIT(EAR_PROFILE)};
	struct ear e;

	return ear_parse(in, profiles, 1, &e, NULL);
}

static enum err
cmw(struct bytes in)
{
	struct cmw_walk w;
	struct cmw one;
	enum err e;
	size_t n = 0;

	cmw_begin(&w, in);
	while ((e = cmw_next(&w, &one)) == OK)
		n++;
	return e == ERR_NOT_FOUND && n > 0 ? OK : e;
}

/* Of a text: the CBOR that it becomes, by the same readers. */
static enum err
ear_json(struct bytes in)
{
	uint8_t room[VECTOR_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	TRY(rats_json_ear(&w, in, NULL));
	TRY(cbor_done(&w, &out));
	return ear(out);
}

static enum err
cmw_json(struct bytes in)
{
	uint8_t room[VECTOR_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	TRY(rats_json_cmw(&w, in, NULL));
	TRY(cbor_done(&w, &out));
	return cmw(out);
}

/* Signed by the published key, whatever it says. */
static enum err
signed_by_published(struct bytes in)
{
	const struct keyring ring = PUBLISHED_RING;
	struct eat_claims c;
	struct verified v;

	TRY(cose_verify(crypto_openssl(), &ring,
	    (unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, in, &v, NULL));
	return eat_read(&v, &c, NULL);
}

/* A CWT whose key nobody published: it cannot be verified, only read. */
static enum err
token(struct bytes in)
{
	struct cose_signed s;
	struct eat_claims c;

	TRY(cose_signed_read(in,
	    (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG | ACCEPT_POLYMORPHIC, &s,
	    NULL));
	return eat_parse(s.payload, &c, NULL);
}

/* A detached bundle: its main token. */
static enum err
bundle(struct bytes in)
{
	struct cbor_in r;
	size_t at = 0;

	while (at + 4 < in.n && memcmp(in.p + at, "\xd8\x3d\xd2\x84", 4) != 0)
		at++;
	r = cbor_open((struct bytes){in.p + at, in.n - at});
	in = cbor_raw(&r, CBOR_TAG);
	TRY(r.err);
	return token(in);
}

static enum err
corim(struct bytes in)
{
	struct corim m;

	TRY(corim_parse(in, &m, NULL));
	return corim_check(&m, NULL);
}

static enum err
signed_corim(struct bytes in)
{
	const struct keyring ring = PUBLISHED_RING;
	struct verified v;
	struct corim m;

	TRY(corim_open(
	    crypto_openssl(), &ring, PUBLISHED_NOW, in, &v, &m, NULL));
	return corim_check(&m, NULL);
}

/* The body of one tag, in a CoRIM of nothing else. */
static enum err
in_tag(enum corim_tag_kind kind, struct bytes body)
{
	uint8_t room[VECTOR_MAX + 64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	cbor_put_tag(&w, TAG_CORIM);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "set");
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, kind);
	cbor_put_bstr(&w, body);
	TRY(cbor_done(&w, &out));
	return corim(out);
}

static enum err
comid(struct bytes in)
{
	return in_tag(CORIM_COMID, in);
}

static enum err
cotl(struct bytes in)
{
	return in_tag(CORIM_COTL, in);
}

/* A protected header wants an algorithm that nothing here has; under any
 * signature it is looked at before that. */
static enum err
header(struct bytes in)
{
	const struct keyring ring = PUBLISHED_RING;
	static const uint8_t sig[96];
	uint8_t room[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verified v;
	struct corim m;
	struct bytes out;

	cbor_put_tag(&w, TAG_SIGN1);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, in);
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, BYTES_LIT("x"));
	cbor_put_bstr(&w, BYTES_OF(sig));
	TRY(cbor_done(&w, &out));
	return corim_open(
	    crypto_openssl(), &ring, PUBLISHED_NOW, out, &v, &m, NULL);
}

static enum err
receipt(struct bytes in)
{
	struct cose_signed s;

	return cose_signed_read(
	    in, (unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, &s, NULL);
}

static const struct {
	const char *name;
	enum err (*read)(struct bytes in);
} readers[] = {
    {"bundle", bundle},
    {"claims", claims},
    {"cmw", cmw},
    {"cmw-json", cmw_json},
    {"comid", comid},
    {"corim", corim},
    {"cotl", cotl},
    {"ear", ear},
    {"ear-json", ear_json},
    {"header", header},
    {"measured", measured},
    {"receipt", receipt},
    {"signed-claims", signed_by_published},
    {"signed-corim", signed_corim},
    {"token", token},
};

/* ---- the index ----------------------------------------------------------- */

#define FILES 128
static struct line {
	char path[96], reader[24], verdict[40];
} lines[FILES];
static size_t n_lines;
static bool unlisted;

static int
index_load(void **state)
{
	char line[512];
	FILE *f = fopen(VECTORS "/rats/index", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct line *l = &lines[n_lines];

		if (line[0] == '#')
			continue;
		assert_true(n_lines < FILES);
		if (sscanf(line, "%95s %23s %39s", l->path, l->reader,
			l->verdict) != 3)
			fail_msg("in the index: %s", line);
		n_lines++;
	}
	(void)fclose(f);
	return 0;
}

static int
on_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	const char *name = path + sizeof(VECTORS "/rats/") - 1;

	(void)st;
	(void)at;
	if (kind != FTW_F || strcmp(name, "index") == 0 ||
	    strcmp(name, "README.md") == 0)
		return 0;
	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].path, name) == 0)
			return 0;
	print_error("%s stands not in the index\n", path);
	unlisted = true;
	return 0;
}

static void
all_are_listed(void **state)
{
	(void)state;
	assert_int_equal(nftw(VECTORS "/rats", on_file, 8, FTW_PHYS), 0);
	assert_false(unlisted);
}

static void
all_are_read_or_refused(void **state)
{
	uint8_t room[VECTOR_MAX];
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < n_lines; i++) {
		const struct line *l = &lines[i];
		const char *verdict = NULL;

		for (size_t k = 0; k < ARRAY_LEN(readers); k++)
			if (strcmp(readers[k].name, l->reader) == 0)
				verdict = err_name(
				    readers[k].read(vector(l->path, room)));
		if (verdict == NULL)
			fail_msg("%s: no reader %s", l->path, l->reader);
		else if (strcmp(verdict, l->verdict) != 0)
			fail_msg("%s: %s", l->path, verdict);
		refused += strcmp(l->verdict, "ok") != 0;
	}
	print_message("%zu files, %zu of them refused\n", n_lines, refused);
	assert_true(n_lines > refused && refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_listed),
	    cmocka_unit_test(all_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, index_load, NULL);
}
