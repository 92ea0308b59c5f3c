/*
 * show_key: COSE_Keys, with their thumbprint and without their secrets.
 *                                              [RFC 9052 7, RFC 9679]
 */
#include "item.h"
#include "show.h"

static const char *
kty_name(int64_t v)
{
	static const char *const names[] = {"OKP", "EC2", "RSA", "Symmetric"};

	return v < 1 || v > 4 ? NULL : names[v - 1];
}

static const char *
key_op_name(int64_t v)
{
	static const char *const names[] = {"sign", "verify", "encrypt",
	    "decrypt", "wrap key", "unwrap key", "derive key", "derive bits",
	    "MAC create", "MAC verify"};

	return v < 1 || v > 10 ? NULL : names[v - 1];
}

/* What a private part is: there, and not for anybody's screen. */
static void
show_secret(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = r->in.p + r->at;

	(void)cbor_raw(r, CBOR_ANY);
	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put(s, "(private, not shown)");
	line_end(s);
}

static const struct shape alg = {.kind = S_NAME, .name = cose_alg_name};
static const struct shape kty = {.kind = S_NAME, .name = kty_name};
static const struct shape curve = {.kind = S_NAME, .name = cose_curve_name};
static const struct shape key_ops = {.kind = S_INLINE, .name = key_op_name};
static const struct shape secret = {
    .kind = S_CALL, .show = show_secret, .secret = true};

/* A coordinate, or the sign of a compressed point. */
static const struct member y_rows[] = {
    {CBOR_BSTR, NULL, &shape_bstr},
    {CBOR_SIMPLE, NULL, &shape_bool},
};
static const struct shape y = {
    .kind = S_EITHER, .member = y_rows, .n = ARRAY_LEN(y_rows)};

// clang-format off
#define KEY_COMMON \
	{1, "kty", &kty}, \
	{2, "kid", &shape_kid}, \
	{3, "alg", &alg}, \
	{4, "key_ops", &key_ops}, \
	{5, "Base IV", &shape_bstr}

static const struct member curve_key_rows[] = {
	KEY_COMMON,
	{-1, "crv", &curve},
	{-2, "x", &shape_bstr},
	{-3, "y", &y},
	{-4, "d", &secret},
};
/* Of a symmetric key, of RSA and of whatever comes, nothing negative is
 * shown: it may be the secret. */
static const struct member other_key_rows[] = {KEY_COMMON};
// clang-format on

static const struct shape curve_key = {SHAPE_MAP(curve_key_rows)};
static const struct shape other_key = {
    SHAPE_MAP(other_key_rows), .of = &secret};

/* Is it a key on a curve?  Then -2 and -3 are public. */
static bool
on_curve(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);

		if (bytes_same(key, BYTES_LIT("\x01"))) {
			int64_t v = cbor_int(&r, INT64_MIN, INT64_MAX);

			return r.err == OK && (v == KTY_OKP || v == KTY_EC2);
		}
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return false;
}

static void
show_key(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_MAP);
	struct bytes rest = {r->in.p + r->at, r->in.n - r->at};
	struct key_file k;

	show_item(s, r, l, on_curve(rest) ? &curve_key : &other_key);
	if (raw.p == NULL || key_file_read(raw, &k) != OK)
		return;
	level_in(s);
	line_begin(s, &NAMED("thumbprint"), NULL);
	put_kid(s, BYTES_OF(k.kid));
	line_end(s);
	level_out(s);
}

/* For those who do not print. */
static const struct member key_rows[] = {
    {0, "on a curve", &curve_key}, {0, "other", &other_key}};

static const struct shape *
pick_key(const struct item *i)
{
	const struct item *type = item_get(i, 1);

	return type != NULL &&
		       (item_is(type, KTY_OKP) || item_is(type, KTY_EC2))
		   ? &curve_key
		   : &other_key;
}

static const struct shape one_key = {
    .kind = S_ONE_OF, .member = key_rows, .n = 2, .pick = pick_key};
const struct shape shape_cose_key = {
    .kind = S_CALL, .show = show_key, .of = &one_key};
const struct shape shape_cose_keys = {.kind = S_LIST, .of = &shape_cose_key};
