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

/* Room that a list is written into, before its items are known. */
static struct cbor_out
list_room(struct make *m, size_t n, size_t each)
{
	return cbor_into(build_room(&m->b, n * each + 16));
}

static struct list
list_done(struct make *m, struct cbor_out *w, size_t n)
{
	return (struct list){build_done(&m->b, w), n};
}

/* ---- lists ------------------------------------------------------------------
 */

/* [[18, alg]]: "esp256", "ed25519", or the number of any algorithm. */
static struct list
suites(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 32);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		int64_t alg = 0;

		if (!make_integer(one, &alg))
			alg = strcmp(make_word(m, one), "esp256") == 0
				  ? ALG_ESP256
			      : strcmp(make_word(m, one), "ed25519") == 0
				  ? ALG_ED25519
				  : 0;
		if (alg == 0)
			make_bad(m, one,
			    "esp256, ed25519 or the number of a COSE "
			    "algorithm is wanted");
		cbor_put_array(&w, 1);
		cbor_put_array(&w, 2);
		cbor_put_uint(&w, TAG_SIGN1);
		cbor_put_int(&w, alg);
	}
	return list_done(m, &w, n);
}

/* Four algorithm numbers, or the name that TEEP gives them.      [TEEP 8.2] */
static struct list
profiles(struct make *m, struct spot at)
{
	static const struct {
		const char *name;
		int32_t alg[4];
	} named[] = {
	    {"esp256-a128ctr", {-16, -9, -29, -65534}},
	    {"ed25519-a128ctr", {-16, -19, -29, -65534}},
	    {"esp256-a128gcm", {-16, -9, -29, 1}},
	    {"ed25519-chacha-poly", {-16, -19, -29, 24}},
	};
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		int64_t alg[4] = {0};
		size_t k = 0;

		if (make_is_list(one)) {
			(void)make_list(m, one, 4, 4);
			for (k = 0; k < 4 && make_good(m); k++)
				if (!make_integer(
					make_item(m, one, k), &alg[k]))
					make_bad(m, one, "a number is wanted");
		} else {
			const char *name = make_word(m, one);

			while (k < ARRAY_LEN(named) &&
			       strcmp(named[k].name, name) != 0)
				k++;
			if (k == ARRAY_LEN(named))
				make_bad(m, one,
				    "one of esp256-a128ctr, ed25519-a128ctr, "
				    "esp256-a128gcm, ed25519-chacha-poly, or "
				    "four numbers are wanted");
			for (size_t a = 0; a < 4 && make_good(m); a++)
				alg[a] = named[k].alg[a];
		}
		cbor_put_array(&w, 4);
		for (size_t a = 0; a < 4; a++)
			cbor_put_int(&w, alg[a]);
	}
	return list_done(m, &w, n);
}

static struct list
numbers(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n; i++)
		cbor_put_uint(
		    &w, make_uint(m, make_item(m, at, i), UINT32_MAX));
	return list_done(m, &w, n);
}

static struct list
mechanisms(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		const char *name = make_word(m, one);

		cbor_put_uint(&w, strcmp(name, "nonce") == 0 ? TEEP_FRESH_NONCE
				  : strcmp(name, "timestamp") == 0
				      ? TEEP_FRESH_TIMESTAMP
				      : make_uint(m, one, UINT32_MAX));
	}
	return list_done(m, &w, n);
}

static uint64_t
items(struct make *m, struct spot at)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} names[] = {
	    {"attestation", TEEP_ITEM_ATTESTATION},
	    {"trusted-components", TEEP_ITEM_COMPONENTS},
	    {"extensions", TEEP_ITEM_EXTENSIONS},
	    {"suit-reports", TEEP_ITEM_REPORTS},
	};
	uint64_t bits = 0;
	size_t n;

	if (!make_is_list(at))
		return make_uint(m, at, UINT32_MAX);
	n = make_list(m, at, 0, MAKE_LIST_MAX);
	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		const char *name = make_word(m, one);
		size_t k = 0;

		while (k < ARRAY_LEN(names) && strcmp(names[k].name, name) != 0)
			k++;
		if (k == ARRAY_LEN(names))
			make_bad(m, one,
			    "attestation, trusted-components, extensions or "
			    "suit-reports is wanted");
		else
			bits |= names[k].bit;
	}
	return bits;
}

static struct list
ids(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX);

	for (size_t i = 0; i < n; i++)
		cbor_put_raw(&w, make_id(m, make_item(m, at, i)));
	return list_done(m, &w, n);
}

/* {component, image-digest, image-size}: system-property-claims. */
static struct list
tc_list(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "image-digest", "image-size", NULL};
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 128);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		uint8_t digest[DIGEST_LEN];

		make_fields(m, one, names);
		make_digest(m, make_need(m, one, "image-digest"), digest);
		suit_claims_put(&w, make_id(m, make_need(m, one, "component")),
		    digest,
		    make_uint(m, make_need(m, one, "image-size"), UINT32_MAX));
	}
	return list_done(m, &w, n);
}

static struct list
requested(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "sequence", "have-binary", NULL};
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		struct spot sequence = make_may(m, one, "sequence");
		struct spot binary = make_may(m, one, "have-binary");
		struct teep_requested r = {0};

		make_fields(m, one, names);
		r.component = make_id(m, make_need(m, one, "component"));
		if (sequence.node != NULL) {
			r.has |= TEEP_REQUESTED_SEQUENCE;
			r.sequence = make_uint(m, sequence, UINT32_MAX);
		}
		if (binary.node != NULL) {
			r.has |= TEEP_REQUESTED_HAVE_BINARY;
			r.have_binary = make_flag(m, binary);
		}
		teep_requested_write(&w, NULL, &r);
	}
	return list_done(m, &w, n);
}

/* ---- what is carried
 * --------------------------------------------------------- */

/* A thing with a recipe of its own, or octets. */
static struct bytes
carried(struct make *m, struct spot at, unsigned kinds, unsigned *made)
{
	static const unsigned all[] = {
	    MADE_EVIDENCE, MADE_RESULT, MADE_REPORT, MADE_MANIFEST};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct spot in = make_may(m, at, made_name(all[i]));
		const char *const names[] = {made_name(all[i]), NULL};

		if (in.node == NULL || (all[i] & kinds) == 0)
			continue;
		*made = all[i];
		make_fields(m, at, names);
		return make_thing(m, in, all[i], NULL);
	}
	*made = 0;
	return make_octets(m, at, INPUT_MAX);
}

static struct list
list_carried(struct make *m, struct spot at, unsigned kinds)
{
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct bytes one[MAKE_LIST_MAX] = {{NULL, 0}};
	unsigned made;

	for (size_t i = 0; i < n; i++)
		one[i] = carried(m, make_item(m, at, i), kinds, &made);
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
	const char *name = make_word(m, at);

	for (uint64_t v = TEEP_ERR_PERMANENT; v <= TEEP_ERR_MANIFEST; v++)
		if (strcmp(teep_err_code_name(v), name) == 0)
			return v;
	if (make_good(m) && strncmp(name, "ERR_", 4) == 0)
		make_bad(m, at, "no such err-code");
	return make_uint(m, at, UINT32_MAX);
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
		out->token = make_octets(m, at, 64);
		break;
	case F_CHALLENGE:
		out->challenge = make_octets(m, at, 512);
		break;
	case F_VERSIONS:
		out->versions = numbers(m, at);
		break;
	case F_SUITES:
		out->suites = suites(m, at);
		break;
	case F_PROFILES:
		out->profiles = profiles(m, at);
		break;
	case F_ITEMS:
		out->items = items(m, at);
		break;
	case F_FRESH:
		out->freshness = mechanisms(m, at);
		break;
	case F_FORMAT:
		out->format = bytes_of_text(make_word(m, at));
		break;
	case F_ATTESTATION:
		attestation(m, at, out);
		break;
	case F_REPORTS:
		out->reports = list_carried(m, at, MADE_REPORT);
		break;
	case F_SELECTED:
		out->selected_version = make_uint(m, at, UINT32_MAX);
		break;
	case F_TC_LIST:
		out->tc_list = tc_list(m, at);
		break;
	case F_EXT_LIST:
		out->ext_list = numbers(m, at);
		break;
	case F_REQUESTED:
		out->requested = requested(m, at);
		break;
	case F_UNNEEDED:
		out->unneeded = ids(m, at);
		break;
	case F_MANIFESTS:
		out->manifests = list_carried(m, at, MADE_MANIFEST);
		break;
	case F_CODE:
		out->err_code = err_code(m, at);
		break;
	case F_ERR_MSG:
		out->err_msg = bytes_of_text(make_word(m, at));
		break;
	case F_LANG:
		out->err_lang = bytes_of_text(make_word(m, at));
		break;
	case F_MSG:
		out->msg = bytes_of_text(make_word(m, at));
		break;
	}
}

/* What the message's own rules say of it, before anything is signed. */
static void
check_rules(struct make *m, struct spot at, const struct teep_message *out)
{
	struct cbor_out measured = cbor_measure();
	enum err e = teep_write(&measured, NULL, out);

	if (e != OK)
		make_bad(m, at,
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
	make_fields(m, at, names);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct spot in = make_may(m, at, fields[i].name);

		if ((fields[i].required & bit) != 0)
			in = make_need(m, at, fields[i].name);
		if (in.node == NULL)
			continue;
		if ((fields[i].required & bit) == 0)
			out.has |= fields[i].has;
		read_field(m, in, (enum field)i, &out);
	}
	n = make_signers(m, make_need(m, at, "sign"), by);
	if (n > 1 && type != TEEP_QUERY_REQUEST)
		make_bad(m, make_may(m, at, "sign"),
		    "only a QueryRequest has several signatures");
	if (make_good(m))
		check_rules(m, at, &out);
	return make_good(m) ? build_message(&m->b, &out, by, n) : BYTES_NONE;
}
