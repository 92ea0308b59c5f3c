/*
 * make_message: the five TEEP messages from recipes: one row for each option.
 *                                                                  [TEEP 4]
 */
#include "make.h"

#include <string.h>

#define QREQ (1u << TEEP_QUERY_REQUEST)
#define QRES (1u << TEEP_QUERY_RESPONSE)
#define UPD  (1u << TEEP_UPDATE)
#define SUCC (1u << TEEP_SUCCESS)
#define ERRO (1u << TEEP_ERROR)
#define ALL  (QREQ | QRES | UPD | SUCC | ERRO)

/* ---- what is carried
 * --------------------------------------------------------- */

/* A thing with a recipe of its own, or octets. */
static struct bytes
carried(struct make *m, struct spot at, unsigned kinds, unsigned *made)
{
	static const unsigned all[] = {
	    MADE_EVIDENCE, MADE_RESULT, MADE_REPORT, MADE_MANIFEST};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct spot in = doc_may(&m->doc, at, made_name(all[i]));
		const char *const names[] = {made_name(all[i]), NULL};

		if (in.node == NULL || (all[i] & kinds) == 0)
			continue;
		*made = all[i];
		doc_fields(&m->doc, at, names);
		return make_thing(m, in, all[i], NULL);
	}
	*made = 0;
	return doc_octets(&m->doc, at, INPUT_MAX);
}

static struct list
list_carried(struct make *m, struct spot at, unsigned kinds)
{
	size_t n = doc_list(&m->doc, at, 1, MAKE_LIST_MAX);
	struct bytes one[MAKE_LIST_MAX] = {{NULL, 0}};
	unsigned made;

	for (size_t i = 0; i < n; i++)
		one[i] = carried(m, doc_item(&m->doc, at, i), kinds, &made);
	return build_list(&m->b, one, n);
}

static void
attestation(struct make *m, struct spot at, struct teep_message *out)
{
	unsigned made;

	out->attestation =
	    carried(m, at, (unsigned)MADE_EVIDENCE | MADE_RESULT, &made);
	if (made == MADE_EVIDENCE && (out->has & TEEP_HAS_FORMAT) == 0) {
		out->has |= TEEP_HAS_FORMAT;
		out->format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
	}
}

static uint64_t
err_code(struct make *m, struct spot at)
{
	const char *name = doc_word(&m->doc, at);

	for (uint64_t v = TEEP_ERR_PERMANENT; v <= TEEP_ERR_MANIFEST; v++)
		if (strcmp(teep_err_code_name(v), name) == 0)
			return v;
	if (make_good(m) && strncmp(name, "ERR_", 4) == 0)
		doc_bad(&m->doc, at, "no such err-code");
	return doc_uint(&m->doc, at, UINT32_MAX);
}

/* ---- the message
 * -------------------------------------------------------------- */

enum field {
	F_TOKEN,
	F_CHALLENGE,
	F_VERSIONS,
	F_SUITES,
	F_PROFILES,
	F_ITEMS,
	F_FRESH,
	F_FORMAT,
	F_ATTESTATION,
	F_REPORTS,
	F_SELECTED,
	F_TC_LIST,
	F_EXT_LIST,
	F_REQUESTED,
	F_UNNEEDED,
	F_MANIFESTS,
	F_CODE,
	F_ERR_MSG,
	F_LANG,
	F_MSG,
};

/* In the order in which they are read: a format before its payload. */
static const struct {
	const char *name;
	unsigned types;    /* that may have it... */
	unsigned required; /* ...and must */
	uint32_t has;      /* 0: a member of the array */
} fields[] = {
    [F_TOKEN] = {"token", ALL, 0, TEEP_HAS_TOKEN},
    [F_CHALLENGE] = {"challenge", QREQ | ERRO, 0, TEEP_HAS_CHALLENGE},
    [F_VERSIONS] = {"versions", QREQ | ERRO, 0, TEEP_HAS_VERSIONS},
    [F_SUITES] = {"supported-teep-cipher-suites", QREQ | ERRO, QREQ,
	TEEP_HAS_SUITES},
    [F_PROFILES] = {"supported-suit-cose-profiles", QREQ | ERRO, QREQ,
	TEEP_HAS_PROFILES},
    [F_ITEMS] = {"data-item-requested", QREQ, QREQ, 0},
    [F_FRESH] = {"supported-freshness-mechanisms", QREQ | ERRO, 0,
	TEEP_HAS_FRESHNESS},
    [F_FORMAT] = {"attestation-payload-format", QREQ | QRES | UPD, 0,
	TEEP_HAS_FORMAT},
    [F_ATTESTATION] = {"attestation-payload", QREQ | QRES | UPD, 0,
	TEEP_HAS_ATTESTATION},
    [F_REPORTS] = {"suit-reports", QREQ | QRES | SUCC | ERRO, 0,
	TEEP_HAS_REPORTS},
    [F_SELECTED] = {"selected-version", QRES, 0, TEEP_HAS_SELECTED_VERSION},
    [F_TC_LIST] = {"tc-list", QRES, 0, TEEP_HAS_TC_LIST},
    [F_EXT_LIST] = {"ext-list", QRES, 0, TEEP_HAS_EXT_LIST},
    [F_REQUESTED] = {"requested-tc-list", QRES, 0, TEEP_HAS_REQUESTED},
    [F_UNNEEDED] = {"unneeded-manifest-list", QRES | UPD, 0, TEEP_HAS_UNNEEDED},
    [F_MANIFESTS] = {"manifest-list", UPD, 0, TEEP_HAS_MANIFESTS},
    [F_CODE] = {"err-code", UPD | ERRO, ERRO, TEEP_HAS_ERR_CODE},
    [F_ERR_MSG] = {"err-msg", UPD | ERRO, 0, TEEP_HAS_ERR_MSG},
    [F_LANG] = {"err-lang", UPD | ERRO, 0, TEEP_HAS_ERR_LANG},
    [F_MSG] = {"msg", SUCC, 0, TEEP_HAS_MSG},
};

static void
read_field(
    struct make *m, struct spot at, enum field f, struct teep_message *out)
{
	switch (f) {
	case F_TOKEN:
		out->token = doc_octets(&m->doc, at, 64);
		break;
	case F_CHALLENGE:
		out->challenge = doc_octets(&m->doc, at, 512);
		break;
	case F_VERSIONS:
		out->versions = make_numbers(m, at);
		break;
	case F_SUITES:
		out->suites = make_suites(m, at);
		break;
	case F_PROFILES:
		out->profiles = make_profiles(m, at);
		break;
	case F_ITEMS:
		out->items = make_items(m, at);
		break;
	case F_FRESH:
		out->freshness = make_mechanisms(m, at);
		break;
	case F_FORMAT:
		out->format = bytes_of_text(doc_word(&m->doc, at));
		break;
	case F_ATTESTATION:
		attestation(m, at, out);
		break;
	case F_REPORTS:
		out->reports = list_carried(m, at, MADE_REPORT);
		break;
	case F_SELECTED:
		out->selected_version = doc_uint(&m->doc, at, UINT32_MAX);
		break;
	case F_TC_LIST:
		out->tc_list = make_tc_list(m, at);
		break;
	case F_EXT_LIST:
		out->ext_list = make_numbers(m, at);
		break;
	case F_REQUESTED:
		out->requested = make_requested(m, at);
		break;
	case F_UNNEEDED:
		out->unneeded = make_ids(m, at);
		break;
	case F_MANIFESTS:
		out->manifests = list_carried(m, at, MADE_MANIFEST);
		break;
	case F_CODE:
		out->err_code = err_code(m, at);
		break;
	case F_ERR_MSG:
		out->err_msg = bytes_of_text(doc_word(&m->doc, at));
		break;
	case F_LANG:
		out->err_lang = bytes_of_text(doc_word(&m->doc, at));
		break;
	case F_MSG:
		out->msg = bytes_of_text(doc_word(&m->doc, at));
		break;
	}
}

/* What the message's own rules say of it, before anything is signed. */
static void
check_rules(struct make *m, struct spot at, const struct teep_message *out)
{
	struct cbor_out measured = cbor_measure();
	enum err e = teep_write(&measured, m->b.dialect, out);

	if (e != OK)
		doc_bad(&m->doc, at,
		    "%s: a value is outside what TEEP allows; \"faults\" "
		    "makes what is wrong",
		    err_name(e));
}

struct bytes
make_message(struct make *m, struct spot at, enum teep_type type)
{
	const char *names[ARRAY_LEN(fields) + 4] = {
	    "sign", "faults", "other-key"};
	const struct signer *by[COSE_SIGNERS_MAX] = {NULL};
	struct teep_message out = {.type = type};
	unsigned bit = 1u << type;
	size_t n = 3;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if ((fields[i].types & bit) != 0)
			names[n++] = fields[i].name;
	doc_fields(&m->doc, at, names);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct spot in = doc_may(&m->doc, at, fields[i].name);

		if ((fields[i].required & bit) != 0)
			in = doc_need(&m->doc, at, fields[i].name);
		if (in.node == NULL)
			continue;
		if ((fields[i].required & bit) == 0)
			out.has |= fields[i].has;
		read_field(m, in, (enum field)i, &out);
	}
	n = make_signers(m, doc_need(&m->doc, at, "sign"), by);
	if (n > 1 && type != TEEP_QUERY_REQUEST)
		doc_bad(&m->doc, doc_may(&m->doc, at, "sign"),
		    "only a QueryRequest has several signatures");
	if (n > 1 && m->b.dialect != NULL &&
	    m->b.dialect->first == DIALECT_SIGN1)
		doc_bad(&m->doc, doc_may(&m->doc, at, "sign"),
		    "in this dialect (first=sign1) every message has one "
		    "signature");
	if (make_good(m))
		check_rules(m, at, &out);
	return make_good(m) ? build_message(&m->b, &out, by, n) : BYTES_NONE;
}
