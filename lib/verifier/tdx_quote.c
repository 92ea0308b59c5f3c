/*
 * tdx_quote: read a quote of Intel TDX, version 4, and what the certificate
 * of its platform says.     [Intel TDX DCAP Quoting Library API, appendix 3]
 */
#include "tdx.h"

#include <string.h>

#define VERSION       4
#define KEY_ECDSA_256 2
#define TEE_TDX       0x81
#define CERTIFIED_QE  6 /* a quoting enclave's report, and what certifies it */
#define CERTIFIED_PCK                                          \
	5 /* PEM of the platform's certificate and its issuers \
	   */

#define HEADER_LEN 48
#define BODY_LEN   584
#define QE_LEN     384

/* ---- the quote --------------------------------------------------------- */

/* What is left of the quote; take answers nothing after the first fault. */
struct taking {
	struct bytes in;
	enum err err;
	const char *what; /* of the fault */
};

static struct bytes
take(struct taking *t, size_t n, const char *what)
{
	struct bytes out = {t->in.p, n};

	if (t->err == OK && n > t->in.n) {
		t->err = ERR_TRUNCATED;
		t->what = what;
	}
	if (t->err != OK)
		return BYTES_NONE;
	t->in.p += n;
	t->in.n -= n;
	return out;
}

static uint64_t
take_le(struct taking *t, size_t n, const char *what)
{
	struct bytes b = take(t, n, what);

	return b.n == 0 ? 0 : hardware_le(b.p, b.n);
}

static void
want(struct taking *t, uint64_t is, uint64_t is_wanted, enum err e,
    const char *what)
{
	if (t->err == OK && is != is_wanted) {
		t->err = e;
		t->what = what;
	}
}

/* A length that has to be that of all the rest. */
static void
rest(struct taking *t, const char *what)
{
	uint64_t n = take_le(t, 4, what);

	want(t, n, t->in.n, ERR_TRAILING, what);
}

static struct bytes
part(struct bytes in, size_t at, size_t n)
{
	return (struct bytes){in.p + at, n};
}

static void
header_take(struct taking *t)
{
	want(t, take_le(t, 2, "header"), VERSION, ERR_VERSION, "quote version");
	want(t, take_le(t, 2, "header"), KEY_ECDSA_256, ERR_COSE_ALG,
	    "attestation key type");
	want(t, take_le(t, 4, "header"), TEE_TDX, ERR_UNEXPECTED, "TEE type");
	(void)take(t, HEADER_LEN - 8, "header");
}

static void
body_take(struct taking *t, struct tdx_quote *out)
{
	struct bytes b = take(t, BODY_LEN, "TD report");

	if (b.n == 0)
		return;
	out->tcb = part(b, 0, 16);
	out->seam = part(b, 16, 48);
	out->seam_by = part(b, 64, 48);
	out->seam_attributes = hardware_le(b.p + 112, 8);
	out->attributes = hardware_le(b.p + 120, 8);
	out->mrtd = part(b, 136, 48);
	for (size_t i = 0; i < TDX_RTMRS; i++)
		out->rtmr[i] = part(b, 328 + 48 * i, 48);
	out->user = part(b, 520, 64);
}

static void
qe_take(struct taking *t, struct tdx_quote *out)
{
	struct bytes q = take(t, QE_LEN, "QE report");

	out->qe = q;
	out->qe_sig = take(t, 64, "QE report signature");
	out->qe_auth = take(t, (size_t)take_le(t, 2, "QE authentication data"),
	    "QE authentication data");
	want(t, take_le(t, 2, "certification data"), CERTIFIED_PCK,
	    ERR_UNEXPECTED, "certification data type");
	out->certificates =
	    take(t, (size_t)take_le(t, 4, "certificates"), "certificates");
	if (t->err != OK)
		return;
	out->qe_attributes = hardware_le(q.p + 48, 8);
	out->qe_signer = part(q, 128, 32);
	out->qe_product = hardware_le(q.p + 256, 2);
	out->qe_svn = hardware_le(q.p + 258, 2);
	out->qe_user = part(q, 320, 64);
}

enum err
tdx_quote_read(struct bytes in, struct tdx_quote *out, struct why *why)
{
	struct taking t = {in, OK, NULL};

	memset(out, 0, sizeof(*out));
	out->covered = in;
	header_take(&t);
	body_take(&t, out);
	out->covered.n = in.n - t.in.n;
	rest(&t, "signature data");
	out->sig = take(&t, 64, "signature");
	out->key = take(&t, 64, "attestation key");
	want(&t, take_le(&t, 2, "certification data"), CERTIFIED_QE,
	    ERR_UNEXPECTED, "certification data type");
	rest(&t, "certification data");
	qe_take(&t, out);
	want(&t, t.in.n, 0, ERR_TRAILING, "quote");
	if (t.err == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return why_set(why, t.err, t.what);
}

/* ---- the platform ------------------------------------------------------ */

#define DER_OCTETS   4
#define DER_OID      6
#define DER_SEQUENCE 0x30

/* 1.2.840.113741.1.13.1, in front of all that is named there. */
static const uint8_t arc[] = {
    0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

/* The next { OID, value }: the number behind the arc (and that behind `in`,
 * where it stands below another), and the encoded value. */
static enum err
entry_take(
    struct bytes *list, uint8_t below, uint64_t *number, struct bytes *value)
{
	size_t n = sizeof(arc) + (below != 0);
	struct bytes entry, oid;

	TRY(der_take(list, DER_SEQUENCE, &entry));
	TRY(der_take(&entry, DER_OID, &oid));
	if (oid.n != n + 1 || memcmp(oid.p, arc, sizeof(arc)) != 0 ||
	    (below != 0 && oid.p[n - 1] != below) || oid.p[n] >= 128)
		return ERR_UNEXPECTED;
	*number = oid.p[n];
	*value = entry;
	return OK;
}

enum { I_PPID = 1, I_TCB = 2, I_FMSPC = 4, I_PCESVN = 17, I_CPUSVN = 18 };

static enum err
tcb_read(struct bytes value, struct tdx_platform *out, uint32_t *seen)
{
	struct bytes list, one;
	uint64_t number;

	TRY(der_take(&value, DER_SEQUENCE, &list));
	if (value.n > 0)
		return ERR_TRAILING;
	while (list.n > 0) {
		TRY(entry_take(&list, I_TCB, &number, &one));
		if (number == 0 || number > I_CPUSVN)
			return ERR_UNEXPECTED;
		if ((*seen >> number & 1) != 0)
			return ERR_DUPLICATE;
		*seen |= UINT32_C(1) << number;
		if (number <= TDX_SVNS)
			TRY(der_uint(&one, 255, &out->svn[number - 1]));
		else if (number == I_PCESVN)
			TRY(der_uint(&one, UINT16_MAX, &out->pce));
	}
	return OK;
}

static enum err
octets_read(struct bytes value, size_t n, struct bytes *out)
{
	if (out->n > 0)
		return ERR_DUPLICATE;
	TRY(der_take(&value, DER_OCTETS, out));
	if (value.n > 0)
		return ERR_TRAILING;
	return out->n == n ? OK : ERR_RANGE;
}

static enum err
platform_read(struct bytes in, struct tdx_platform *out)
{
	uint32_t seen = 0;
	struct bytes list, one;
	uint64_t number;

	TRY(der_take(&in, DER_SEQUENCE, &list));
	if (in.n > 0)
		return ERR_TRAILING;
	while (list.n > 0) {
		TRY(entry_take(&list, 0, &number, &one));
		if (number == I_PPID)
			TRY(octets_read(one, 16, &out->ppid));
		else if (number == I_FMSPC)
			TRY(octets_read(one, 6, &out->fmspc));
		else if (number == I_TCB)
			TRY(tcb_read(one, out, &seen));
	}
	/* Every version is there. */
	if (out->ppid.n == 0 || out->fmspc.n == 0 ||
	    (seen >> 1 & 0x1ffff) != 0x1ffff)
		return ERR_MISSING;
	return OK;
}

enum err
tdx_platform_read(struct bytes in, struct tdx_platform *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = platform_read(in, out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
