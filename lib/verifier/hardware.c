/*
 * hardware: what comes beside a report, and what of it is bound.
 *                                                    [docs/evidence.md 10]
 */
#include "hardware.h"

#include <string.h>

#define TAG_UCCS 601 /* claims that nobody signed        [RFC 9781] */

/* ---- a collection ------------------------------------------------------ */

static bool
label_is(const struct cmw *m, const char *name)
{
	return m->label.n == strlen(name) &&
	       memcmp(m->label.p, name, m->label.n) == 0;
}

static enum err
member_take(const struct cmw *m, struct hardware *out)
{
	if (m->depth != 1 || m->form == CMW_COLLECTION || m->value.n == 0)
		return ERR_UNEXPECTED;
	if (label_is(m, "report"))
		out->report = m->value;
	else if (label_is(m, "statement"))
		out->statement = m->value;
	else if (label_is(m, "certificates"))
		out->certificates = m->value;
	else
		return ERR_UNEXPECTED;
	return OK;
}

static enum err
collection_read(struct bytes in, const char *type, struct hardware *out)
{
	struct cmw_walk w;
	struct cmw m;
	enum err e;

	cmw_begin(&w, in);
	TRY(cmw_next(&w, &m));
	if (m.form != CMW_COLLECTION || m.type.n != strlen(type) ||
	    memcmp(m.type.p, type, m.type.n) != 0)
		return ERR_UNEXPECTED;
	while ((e = cmw_next(&w, &m)) == OK)
		TRY(member_take(&m, out));
	if (e != ERR_NOT_FOUND)
		return e;
	return out->report.n == 0 ? ERR_MISSING : OK;
}

enum err
hardware_read(
    struct bytes in, const char *type, struct hardware *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e = OK;

	*out = (struct hardware){.report = in};
	if (in.n > 0 && cbor_peek(&r) == CBOR_MAP) {
		*out = (struct hardware){.report = BYTES_NONE};
		e = collection_read(in, type, out);
	}
	if (e == OK)
		return OK;
	*out = (struct hardware){.report = BYTES_NONE};
	return why_set(why, e, "collection");
}

/* ---- the statement ----------------------------------------------------- */

static struct bytes
claims_of(struct bytes statement)
{
	struct cbor_in r = cbor_open(statement);

	if (!cbor_tag_if(&r, TAG_UCCS))
		return statement;
	return (struct bytes){statement.p + r.at, statement.n - r.at};
}

enum err
hardware_nonce(
    struct bytes in, const char *type, struct bytes *out, struct why *why)
{
	struct hardware h;
	struct eat_claims c;

	*out = BYTES_NONE;
	TRY(hardware_read(in, type, &h, why));
	if (h.statement.n == 0)
		return why_set(why, ERR_MISSING, "statement");
	TRY(eat_parse(claims_of(h.statement), &c, why));
	if ((c.has & EAT_HAS_NONCE) == 0)
		return why_set(why, ERR_MISSING, "eat_nonce");
	*out = c.nonce;
	return OK;
}

enum err
hardware_ueid(struct job *j, struct bytes number, uint8_t out[33])
{
	enum err e;

	out[0] = 1;
	e = j->crypto->sha256(&number, 1, out + 1);
	return e == OK ? OK : job_refuse(j, e, "ueid");
}

/* ---- what the report says of itself ------------------------------------ */

void
hardware_vendor_put(struct cbor_out *w, uint64_t oemid)
{
	uint8_t room[16];
	struct cbor_out oemid_w = cbor_into(SPAN_OF(room));
	char text[64];

	cbor_put_uint(&oemid_w, oemid);
	if (verifier_vendor((struct bytes){room, oemid_w.at}, text) == OK)
		cbor_put_text(w, text);
}

enum err
hardware_about(struct job *j, const struct hardware_device *d)
{
	uint8_t room[256];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e;

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_tag(&w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(&w, d->hwmodel);
	cbor_put_uint(&w, 1);
	hardware_vendor_put(&w, d->oemid);
	cbor_put_uint(&w, 1);
	cbor_put_tag(&w, CORIM_TAG_UEID);
	cbor_put_bstr(&w, d->ueid);
	e = cbor_done(&w, &out);
	return e == OK ? job_about(j, out) : job_refuse(j, e, "environment");
}

/* The number that a digit stands for; 16: none. */
static unsigned
digit(uint8_t c)
{
	return c >= '0' && c <= '9'   ? (unsigned)c - '0'
	       : c >= 'a' && c <= 'f' ? (unsigned)c - 'a' + 10
				      : 16;
}

/* A vendor's text as the oemid that it was made of: 3 or 16 octets, or a
 * number.  false: it is another name. */
static bool
oemid_put(struct cbor_out *w, struct bytes vendor)
{
	uint8_t b[16] = {0};
	uint64_t number = 0;
	unsigned most = 0;

	if (vendor.n == 0 || vendor.n > 2 * sizeof(b))
		return false;
	for (size_t i = 0; i < vendor.n; i++) {
		unsigned d = digit(vendor.p[i]);

		most = d > most ? d : most;
		b[i / 2] = (uint8_t)((unsigned)b[i / 2] << 4 | (d & 15));
		number = number * 10 + d;
	}
	if ((vendor.n == 6 || vendor.n == 32) && most < 16)
		cbor_put_bstr(w, (struct bytes){b, vendor.n / 2});
	else if (vendor.n < 19 && most < 10 &&
		 (vendor.p[0] != '0' || vendor.n == 1))
		cbor_put_uint(w, number);
	else
		return false;
	return true;
}

/* What endorses the device, says by whom it is; else its report does. */
static void
endorsed_oemid_put(struct cbor_out *w, const struct hardware_device *d)
{
	struct corim_environment e;
	struct cbor_in r;

	if (d->environment.n > 0 &&
	    corim_environment_read(d->environment, &e) == OK) {
		r = cbor_open(e.part[ENV_VENDOR]);
		if (cbor_peek(&r) == CBOR_TSTR &&
		    oemid_put(w, cbor_tstr(&r, 1, LEN_ANY)))
			return;
	}
	cbor_put_uint(w, d->oemid);
}

/* Claims about the device are the report's alone, whatever a statement says
 * of them. */
static enum err
identify(struct job *j, const struct hardware_device *d)
{
	struct eat_claims *c = &j->out->claims;
	uint8_t room[300];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	size_t at;
	enum err e;

	endorsed_oemid_put(&w, d);
	at = w.at;
	cbor_put_array(&w, 1);
	cbor_put_tstr(&w, d->hwversion);
	e = cbor_done(&w, &out);
	if (e != OK)
		return job_refuse(j, e, "hwversion");
	TRY(job_keep(j, (struct bytes){out.p, at}, &c->oemid));
	TRY(job_keep(j, (struct bytes){out.p + at, out.n - at}, &c->hwversion));
	TRY(job_keep(j, d->hwmodel, &c->hwmodel));
	TRY(job_keep(j, d->ueid, &c->ueid));
	c->has |=
	    EAT_HAS_OEMID | EAT_HAS_HWVERSION | EAT_HAS_HWMODEL | EAT_HAS_UEID;
	return OK;
}

/* ---- binding                                         [security 9] ------ */

/* The octets for the user are the challenge, and zeros. */
static enum err
answers(struct job *j, struct bytes user)
{
	struct eat_claims *c = &j->out->claims;
	uint8_t want[HASH_MAX] = {0};

	if (j->ask->challenge.n > user.n)
		return job_refuse(j, ERR_EVIDENCE_NONCE, "challenge");
	memcpy(want, j->ask->challenge.p, j->ask->challenge.n);
	if (!bytes_same_ct((struct bytes){want, user.n}, user))
		return job_differs(j, ERR_EVIDENCE_NONCE, "report data",
		    WHY_HEX, (struct bytes){want, user.n}, user);
	c->has |= EAT_HAS_NONCE;
	return job_keep(j, j->ask->challenge, &c->nonce);
}

static enum err
digest(struct job *j, struct bytes in, size_t n, uint8_t out[HASH_MAX])
{
	static const struct {
		size_t n;
		enum verifier_hash hash;
	} by_length[] = {
	    {32, HASH_SHA256}, {48, HASH_SHA384}, {64, HASH_SHA512}};
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(by_length); i++)
		if (by_length[i].n == n)
			return j->more->hash(
			    by_length[i].hash, &in, 1, out, &len);
	return ERR_RANGE;
}

static enum err
states(struct job *j, const struct hardware *h, struct bytes user)
{
	uint8_t want[HASH_MAX];
	struct job_eat is;
	enum err e;

	if (h->statement.n == 0)
		return job_differs(j, ERR_EVIDENCE_CNF, "report data", WHY_HEX,
		    BYTES_NONE, user);
	e = digest(j, h->statement, user.n, want);
	if (e != OK)
		return job_refuse(j, e, "report data");
	if (!bytes_same((struct bytes){want, user.n}, user))
		return job_differs(j, ERR_EVIDENCE_CNF, "report data", WHY_HEX,
		    (struct bytes){want, user.n}, user);
	j->v.payload = claims_of(h->statement);
	TRY(job_claims(j, &is));
	TRY(job_say_digest(j, "measurement launcher", BYTES_LIT("launcher"),
	    HASH_SHA256, is.launcher));
	return job_say_digest(
	    j, "measurement agent", BYTES_LIT("agent"), HASH_SHA256, is.agent);
}

enum err
hardware_bound(struct job *j, const struct hardware *h,
    const struct hardware_device *d, struct bytes user)
{
	if (j->more == NULL || user.n > HASH_MAX)
		return job_refuse(j, ERR_BUG, "report data");
	if (j->ask->teep_kid == NULL && h->statement.n == 0)
		TRY(answers(j, user));
	else
		TRY(states(j, h, user));
	return identify(j, d);
}
