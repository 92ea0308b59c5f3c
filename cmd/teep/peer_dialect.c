/*
 * peer_dialect: is what a scripted peer hears of the dialect that it was told,
 * and if not, of which?                               [docs/interop.md]
 */
#include "peer.h"

#include <string.h>

void
peer_pin(struct peer *p, const char *option)
{
	dialect_option(option, &p->dialect);
	p->pinned = true;
}

/* The algorithm that a message is signed under, as its header has it. */
static int32_t
alg_of(const struct peer *p, const struct cose_signed *s)
{
	struct cbor_in r = cbor_items(s->signatures);
	struct cose_signature one;

	if (p->verified)
		return p->v.alg;
	if (!s->multi)
		return s->alg;
	return cose_signature_read(&r, &one) == OK ? one.alg : 0;
}

/* ---- what a message carries --------------------------------------------- */

static bool
evidence_fits(const struct peer *p, struct dialect *looks)
{
	const struct teep_message *m = &p->m;
	bool has = (m->has & TEEP_HAS_FORMAT) != 0;

	if (m->type != TEEP_QUERY_RESPONSE ||
	    (m->has & TEEP_HAS_ATTESTATION) == 0 ||
	    teep_payload_kind(has, m->format) == TEEP_PAYLOAD_RESULT ||
	    looks->evidence != DIALECT_ENCRYPTED ||
	    cose_is_encrypt(m->attestation))
		return true;
	looks->evidence = DIALECT_IF_KEY;
	return false;
}

/* What protects one report: COSE_Encrypt outside, COSE_Sign1, or nothing. */
static enum dialect_reports
report_form(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct cose_signed s;

	if (cose_is_encrypt(in))
		return DIALECT_REPORT_SEALED;
	if (cbor_peek(&r) != CBOR_MAP && cbor_peek(&r) != CBOR_BSTR &&
	    cose_signed_read(in, ACCEPT_SIGN1, &s, NULL) == OK)
		return DIALECT_REPORT_SIGNED;
	return DIALECT_REPORT_BARE;
}

/* Is it signed over what is in the clear?  Where nobody has a key to encrypt
 * to, what is signed and what is sealed are the same. */
static bool
signed_only(struct bytes in)
{
	struct cose_signed s;

	return cose_signed_read(in, ACCEPT_SIGN1, &s, NULL) == OK &&
	       !cose_is_encrypt(s.payload);
}

static bool
reports_fit(const struct peer *p, struct dialect *looks)
{
	struct cbor_in r = cbor_items(p->m.reports);

	for (size_t i = 0; i < p->m.reports.n; i++) {
		struct bytes one = cbor_bstr(&r, 0, LEN_ANY);
		enum dialect_reports form = report_form(one);

		if (form == looks->reports ||
		    (looks->reports == DIALECT_REPORT_SEALED &&
			signed_only(one)))
			continue;
		looks->reports = (uint8_t)form;
		return false;
	}
	return true;
}

static bool
update_fits(const struct peer *p, struct dialect *looks)
{
	const struct teep_message *m = &p->m;
	const uint32_t changes = TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED;
	bool has = (m->has & TEEP_HAS_FORMAT) != 0;

	if (m->type != TEEP_UPDATE || (m->has & changes) == 0 ||
	    looks->update == DIALECT_UNBOUND ||
	    ((m->has & TEEP_HAS_ATTESTATION) != 0 &&
		(teep_payload_kind(has, m->format) == TEEP_PAYLOAD_RESULT ||
		    teep_format_is(m->format, EAR_PROFILE))))
		return true;
	looks->update = DIALECT_UNBOUND;
	return false;
}

static const struct {
	const char *axis;
	bool (*fits)(const struct peer *p, struct dialect *looks);
} carried[] = {
    {"evidence", evidence_fits},
    {"reports", reports_fit},
    {"update", update_fits},
};

/* The axis of what is not as p was told, and in *looks what it is like. */
static const char *
carried_wrong(const struct peer *p, struct dialect *looks)
{
	*looks = p->dialect;
	for (size_t i = 0; i < ARRAY_LEN(carried); i++)
		if (!carried[i].fits(p, looks))
			return carried[i].axis;
	return NULL;
}

enum err
peer_dialect(
    struct peer *p, const struct cose_signed *s, enum err e, struct why *why)
{
	int32_t alg = alg_of(p, s);
	const char *other = dialect_wrong(&p->dialect, s, alg, e);
	struct dialect looks;
	bool known;

	p->looks[0] = 0;
	if (e != OK || other != NULL) /* nor is it read by another one */
		p->m = (struct teep_message){0};
	known = other != NULL && dialect_looks(&p->dialect, s, alg, &looks);
	if (other == NULL && e == OK && p->pinned) {
		other = carried_wrong(p, &looks);
		known = other != NULL;
	}
	if (known)
		dialect_text(&looks, p->looks);
	return other == NULL ? e : why_set(why, ERR_DIALECT, other);
}
