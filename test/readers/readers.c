/*
 * readers: what each reader makes of the same octets.       [security 15]
 *
 * Reads from stdin u32 big-endian length and octets, again and again; answers
 * one line for each, of columns with a tab between them, the reason of a
 * refusal in angle brackets:
 *
 *   item    the item as text, read by the getters
 *   check   cbor_check         diag  cbor_diag        show   `teep show`
 *   cose    a signed message   teep  a TEEP message, written again, in hex
 *   keeper  a TEEP message as a Sig_structure holds it
 *   told    `teep show` as a TEEP message
 *   suit    an envelope and its manifest, whoever signed it
 *   report  a SUIT Report
 */
#include <keeper.h>
#include <show.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

#define ROOM 65536

static uint8_t in_room[ROOM], out_room[4 * ROOM];

static void
put_octets(struct bytes b)
{
	(void)putchar('\'');
	for (size_t i = 0; i < b.n; i++)
		(void)printf("%02x", b.p[i]);
	(void)putchar('\'');
}

static void
verdict(enum err e)
{
	(void)printf(e == OK ? "ok" : "<%s>", err_name(e));
}

/* ---- one item ------------------------------------------------------------ */

/* Halves and singles as the double they are; NaN has no sign nor payload. */
static void
put_float(struct bytes raw)
{
	uint64_t bits = 0;
	double v;
	float f;

	for (size_t i = 1; i < raw.n; i++)
		bits = bits << 8 | raw.p[i];
	if (raw.n == 3) {
		int e = (int)(bits >> 10 & 31);
		double m = (double)(bits & 1023);

		v = e == 0    ? m / 16777216.0
		    : e == 31 ? (m == 0 ? 1e300 * 1e300 : 0.0)
			      : (m + 1024.0) / 1024.0;
		for (int i = 15; e > 0 && e < 31 && i < e; i++)
			v *= 2;
		for (int i = e; e > 0 && e < 31 && i < 15; i++)
			v /= 2;
		if (e == 31 && m != 0) {
			(void)fputs("fnan", stdout);
			return;
		}
		v = (bits & 0x8000) != 0 ? -v : v;
	} else if (raw.n == 5) {
		uint32_t small = (uint32_t)bits;

		memcpy(&f, &small, sizeof(f));
		v = (double)f;
	} else {
		memcpy(&v, &bits, sizeof(v));
	}
	if (v != v) {
		(void)fputs("fnan", stdout);
		return;
	}
	memcpy(&bits, &v, sizeof(bits));
	(void)printf("f%016llx", (unsigned long long)bits);
}

static void
put_simple(struct bytes raw)
{
	if (raw.n > 2)
		put_float(raw);
	else
		(void)printf("s%u", raw.n == 2 ? raw.p[1] : raw.p[0] & 31u);
}

static void
put_item(struct cbor_in *r, unsigned depth)
{
	size_t n;

	if (depth > CBOR_DEPTH_MAX + 1)
		cbor_fail(r, ERR_DEPTH);
	switch (cbor_peek(r)) {
	case CBOR_UINT:
		(void)printf(
		    "%llu", (unsigned long long)cbor_uint(r, 0, UINT64_MAX));
		return;
	case CBOR_NINT:
		put_octets(cbor_raw(r, CBOR_NINT));
		return;
	case CBOR_BSTR:
		(void)putchar('h');
		put_octets(cbor_bstr(r, 0, LEN_ANY));
		return;
	case CBOR_TSTR:
		(void)putchar('t');
		put_octets(cbor_tstr(r, 0, LEN_ANY));
		return;
	case CBOR_ARRAY:
		n = cbor_array_any(r, 0, LEN_ANY);
		(void)putchar('[');
		for (size_t i = 0; i < n && r->err == OK; i++) {
			put_item(r, depth + 1);
			(void)putchar(',');
		}
		(void)putchar(']');
		return;
	case CBOR_MAP:
		n = cbor_map_any(r, 0, LEN_ANY);
		(void)putchar('{');
		for (size_t i = 0; i < n && r->err == OK; i++) {
			put_item(r, depth + 1);
			(void)putchar(':');
			put_item(r, depth + 1);
			(void)putchar(',');
		}
		(void)putchar('}');
		return;
	case CBOR_TAG:
		(void)printf("%llu(", (unsigned long long)cbor_tag_any(r));
		put_item(r, depth + 1);
		(void)putchar(')');
		return;
	case CBOR_SIMPLE:
		put_simple(cbor_raw(r, CBOR_SIMPLE));
		return;
	case CBOR_END:
	case CBOR_ANY:
		cbor_fail(r, ERR_TRUNCATED);
		return;
	}
}

static void
item(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t at;
	enum err e = cbor_check(in, &at);

	/* Only the check looks for doubled keys. */
	if (e != OK) {
		verdict(e);
	} else {
		put_item(&r, 0);
		e = cbor_close(&r);
		if (e != OK) /* a check passed what a getter refuses */
			verdict(e);
	}
	(void)putchar('\t');
	verdict(cbor_check(in, &at));
	(void)putchar('\t');
	verdict(cbor_diag(in, true, SPAN_OF(out_room)));
}

/* ---- messages ------------------------------------------------------------ */

static void
show_as(struct bytes in, const char *kind)
{
	static FILE *nowhere;
	struct show s = {.crypto = crypto_or_die(PROG), .node_first = true};

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (nowhere == NULL)
		abort();
	s.out = nowhere;
	verdict(show_whole(&s, in, kind_named(kind)));
	lines_end(&s);
}

static void
cose(struct bytes in)
{
	struct cose_signature one;
	struct cose_signed s;
	struct cbor_in r;
	struct why why;
	enum err e = cose_signed_read(in, ACCEPT_SIGN1 | ACCEPT_SIGN, &s, &why);

	if (e != OK) {
		verdict(e);
		return;
	}
	put_octets(s.prot);
	(void)putchar(s.payload.p == NULL ? '-' : '+');
	put_octets(s.payload);
	if (!s.multi) {
		(void)printf("%d", (int)s.alg);
		put_octets(s.kid);
		put_octets(s.sig);
	}
	r = cbor_items(s.signatures);
	for (size_t i = 0; i < s.signatures.n; i++) {
		if (cose_signature_read(&r, &one) != OK)
			abort();
		(void)printf("%d", (int)one.alg);
		put_octets(one.kid);
		put_octets(one.sig);
	}
}

/* ["Signature1", << {1: -9} >>, h'', payload], or with a second header. */
static enum err
kept(struct bytes payload)
{
	struct cbor_out w = cbor_into(SPAN_OF(out_room));
	struct why why = {0};
	struct bytes out;
	enum err e;

	cbor_put_array(&w, 4);
	cbor_put_text(&w, "Signature1");
	cbor_put_bstr(&w, BYTES_LIT("\xa1\x01\x28"));
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, payload);
	e = cbor_done(&w, &out);
	return e == OK ? keeper_check_teep(out, ALG_ESP256, NULL, &why) : e;
}

static void
teep(struct bytes in)
{
	struct cbor_out w = cbor_into(SPAN_OF(out_room));
	struct teep_message m;
	struct bytes out;
	struct why why;
	enum err e = teep_parse(in, NULL, &m, &why);

	if (e == OK)
		e = teep_write(&w, NULL, &m);
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e == OK)
		put_octets(out);
	else
		verdict(e);
}

/* ---- SUIT ---------------------------------------------------------------- */

static void
put_raw(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);

	if (raw.n == 0)
		(void)putchar('-');
	else
		put_item(&r, 0);
}

static void
put_list(struct list list)
{
	struct cbor_in r = cbor_items(list);

	for (size_t i = 0; i < list.n; i++) {
		put_item(&r, 0);
		(void)putchar(',');
	}
}

static void
put_dependencies(const struct suit_manifest *m)
{
	struct cbor_in r = cbor_items(m->dependencies);

	if (m->dependencies.n == 0) {
		(void)putchar('-');
		return;
	}
	(void)putchar('{');
	for (size_t i = 0; i < m->dependencies.n; i++) {
		put_item(&r, 0);
		(void)putchar(':');
		put_item(&r, 0);
		(void)putchar(',');
	}
	(void)putchar('}');
}

static void
suit(struct bytes in)
{
	static const uint8_t sections[] = {7, 8, 9, 14, 15, 16, 18, 20, 23, 24};
	struct suit_manifest m;
	struct why why;
	enum err e = suit_parse(in, &m, &why);

	if (e != OK) {
		verdict(e);
		return;
	}
	(void)printf("%llu ", (unsigned long long)m.sequence);
	put_octets(m.uri);
	put_octets(BYTES_OF(m.digest));
	put_raw(m.component_id);
	(void)putchar('[');
	put_list(m.components);
	(void)putchar(']');
	put_octets(m.shared);
	put_dependencies(&m);
	for (size_t i = 0; i < sizeof(sections); i++) {
		struct bytes s = m.section[sections[i]];

		(void)printf(" %u", sections[i]);
		if ((m.severed >> sections[i] & 1) != 0)
			(void)fputs("severed", stdout);
		else if (s.p == NULL)
			(void)putchar('-');
		else
			put_octets(s);
	}
}

static void
report(struct bytes in)
{
	struct suit_report r;
	struct why why;
	enum err e = suit_report_read(in, &r, &why);

	if (e != OK) {
		verdict(e);
		return;
	}
	if (r.success) {
		(void)fputs("ok", stdout);
	} else {
		(void)printf("%lld/%llu/", (long long)r.result_code,
		    (unsigned long long)r.reason);
		put_raw(r.result_record);
	}
	(void)putchar(' ');
	put_octets(r.nonce);
	put_octets(r.uri);
	put_octets(r.digest);
	put_list(r.records);
	put_raw(r.capabilities);
}

static bool
next(struct bytes *in)
{
	uint8_t head[4];
	size_t n = 0;

	if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
		return false;
	for (size_t i = 0; i < sizeof(head); i++)
		n = n << 8 | head[i];
	if (n > sizeof(in_room) || fread(in_room, 1, n, stdin) != n)
		abort();
	*in = (struct bytes){in_room, n};
	return true;
}

int
main(void)
{
	struct bytes in;

	while (next(&in)) {
		item(in);
		(void)putchar('\t');
		show_as(in, "cbor");
		(void)putchar('\t');
		cose(in);
		(void)putchar('\t');
		teep(in);
		(void)putchar('\t');
		verdict(kept(in));
		(void)putchar('\t');
		show_as(in, "teep");
		(void)putchar('\t');
		suit(in);
		(void)putchar('\t');
		report(in);
		(void)putchar('\n');
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
