/*
 * make_thing: Evidence, Results and reports from recipes, and the faults of
 * each thing.                                        [docs/evidence.md]
 */
#include "make.h"

#include <string.h>

/* Octets of an hwmodel or text: hex is asked for by {hex: ...}. */
static struct bytes
words(struct make *m, struct spot at, size_t max)
{
	if (doc_is_map(at))
		return doc_octets(&m->doc, at, max);
	return bytes_of_text(doc_word(&m->doc, at));
}

/* What a device is, in Evidence and in Results alike. */
struct who {
	struct bytes ueid, oemid, hwmodel, hwversion;
};

static struct who
who(struct make *m, struct spot at)
{
	struct spot oemid = doc_need(&m->doc, at, "oemid");
	struct cbor_out w = cbor_into(build_room(&m->b, 80));
	struct who out;
	int64_t pen;

	out.ueid = doc_octets(&m->doc, doc_need(&m->doc, at, "ueid"), 33);
	if (doc_integer(oemid, &pen) && strlen(doc_word(&m->doc, oemid)) < 6)
		out.oemid = build_int(&m->b, pen);
	else
		out.oemid = build_bstr(&m->b, doc_octets(&m->doc, oemid, 16));
	out.hwmodel = words(m, doc_need(&m->doc, at, "hwmodel"), 32);
	cbor_put_array(&w, 1);
	cbor_put_tstr(&w, words(m, doc_need(&m->doc, at, "hwversion"), 64));
	out.hwversion = build_done(&m->b, &w);
	return out;
}

static const char *const evidence_fields[] = {"sign", "encrypt", "faults",
    "other-key", "nonce", "audience", "teep-key", "report-key",
    "encryption-key", "ueid", "oemid", "hwmodel", "hwversion", "bootseed",
    "launcher", "agent", "policy", "installed", NULL};

static size_t
installed(struct make *m, struct spot at, struct build_has has[MAKE_LIST_MAX])
{
	static const char *const names[] = {
	    "manifest", "component", "image", NULL};
	size_t n =
	    at.node == NULL ? 0 : doc_list(&m->doc, at, 0, MAKE_LIST_MAX);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		struct span room = build_room(&m->b, 2 * DIGEST_LEN);

		if (room.p == NULL)
			return 0;
		doc_fields(&m->doc, one, names);
		doc_digest(&m->doc, doc_need(&m->doc, one, "manifest"), room.p);
		doc_digest(&m->doc, doc_need(&m->doc, one, "image"),
		    room.p + DIGEST_LEN);
		has[i].manifest = (struct bytes){room.p, DIGEST_LEN};
		has[i].image = (struct bytes){room.p + DIGEST_LEN, DIGEST_LEN};
		has[i].component =
		    doc_word(&m->doc, doc_need(&m->doc, one, "component"));
		(void)doc_id(&m->doc, doc_may(&m->doc, one, "component"));
	}
	return make_good(m) ? n : 0;
}

struct bytes
make_evidence(struct make *m, struct spot at)
{
	struct spot seed = doc_may(&m->doc, at, "bootseed");
	struct spot enc = doc_may(&m->doc, at, "encryption-key");
	struct build_has has[MAKE_LIST_MAX] = {{BYTES_NONE, NULL, BYTES_NONE}};
	uint8_t audience[KID_LEN], kid[KID_LEN];
	struct cose_key to, enc_pub;
	struct build_device d = {0};
	struct build_seal seal;
	struct bytes b, nonce;
	struct who w;
	size_t n;

	doc_fields(&m->doc, at, evidence_fields);
	nonce = doc_octets(&m->doc, doc_need(&m->doc, at, "nonce"), 64);
	make_public(m, doc_need(&m->doc, at, "audience"), NULL, audience);
	make_public(m, doc_need(&m->doc, at, "teep-key"), &d.teep_pub, kid);
	make_public(m, doc_need(&m->doc, at, "report-key"), &d.report_pub, kid);
	if (enc.node != NULL) {
		make_public(m, enc, &enc_pub, kid);
		d.encryption = &enc_pub;
	}
	w = who(m, at);
	d.ueid = w.ueid;
	d.oemid = w.oemid;
	d.hwmodel = w.hwmodel;
	d.hwversion = w.hwversion;
	b = seed.node != NULL ? doc_octets(&m->doc, seed, 32)
			      : build_random(&m->b, 32);
	if (make_good(m) && b.n != 32)
		doc_bad(&m->doc, seed, "32 octets are wanted");
	if (make_good(m))
		memcpy(d.bootseed, b.p, 32);
	doc_digest(&m->doc, doc_need(&m->doc, at, "launcher"), d.launcher);
	doc_digest(&m->doc, doc_need(&m->doc, at, "agent"), d.agent);
	doc_digest(&m->doc, doc_need(&m->doc, at, "policy"), d.policy);
	n = installed(m, doc_may(&m->doc, at, "installed"), has);
	d.evidence = make_signer(m, doc_need(&m->doc, at, "sign"));
	seal = make_seal(m, doc_may(&m->doc, at, "encrypt"), COSE_CTX_EAT, &to);
	if (!make_good(m))
		return BYTES_NONE;
	return build_evidence(&m->b, &d, nonce, audience, has, n, seal);
}

struct bytes
make_result(struct make *m, struct spot at)
{
	static const char *const names[] = {"sign", "faults", "other-key",
	    "about", "nonce", "ueid", "oemid", "hwmodel", "hwversion",
	    "manifests", "iat", "exp", NULL};
	struct spot list = doc_need(&m->doc, at, "manifests");
	struct spot iat = doc_may(&m->doc, at, "iat");
	struct spot exp = doc_may(&m->doc, at, "exp");
	struct build_result r = {.iat = m->doc.now, .exp = m->doc.now + 86400};
	struct cbor_out out;
	struct who w;
	size_t n;

	doc_fields(&m->doc, at, names);
	make_public(m, doc_need(&m->doc, at, "about"), NULL, r.cnf);
	r.nonce = doc_octets(&m->doc, doc_need(&m->doc, at, "nonce"), 64);
	w = who(m, at);
	r.ueid = w.ueid;
	r.oemid = w.oemid;
	r.hwmodel = w.hwmodel;
	r.hwversion = w.hwversion;
	n = doc_list(&m->doc, list, 1, MAKE_LIST_MAX);
	out = cbor_into(build_room(&m->b, n * 64 + 64));
	for (size_t i = 0; i < n && make_good(m); i++) {
		uint8_t digest[DIGEST_LEN];
		const struct eat_manifest one = {
		    BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};

		doc_digest(&m->doc, doc_item(&m->doc, list, i), digest);
		eat_manifest_put(&out, &one);
	}
	r.manifests = (struct list){build_done(&m->b, &out), n};
	if (iat.node != NULL)
		r.iat = doc_time(&m->doc, iat);
	if (exp.node != NULL)
		r.exp = doc_time(&m->doc, exp);
	r.by = make_signer(m, doc_need(&m->doc, at, "sign"));
	return make_good(m) ? build_result(&m->b, &r) : BYTES_NONE;
}

/* "success", or the reason of a refusal. */
static enum err
outcome(struct make *m, struct spot at)
{
	static const enum err all[] = {
#define X(name, number, word, sentence) name,
	    ERR_TABLE(X)
#undef X
	};
	const char *word = at.node == NULL ? "success" : doc_word(&m->doc, at);

	if (strcmp(word, "success") == 0)
		return OK;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] != OK && strcmp(err_name(all[i]), word) == 0)
			return all[i];
	doc_bad(
	    &m->doc, at, "success, or a reason such as image-digest is wanted");
	return OK;
}

struct bytes
make_report(struct make *m, struct spot at)
{
	static const char *const names[] = {"sign", "encrypt", "faults",
	    "other-key", "manifest", "nonce", "outcome", NULL};
	struct spot nonce = doc_may(&m->doc, at, "nonce");
	uint8_t digest[DIGEST_LEN];
	const struct signer *by;
	struct build_seal seal;
	struct cose_key to;
	struct bytes b = BYTES_NONE;
	enum err e;

	doc_fields(&m->doc, at, names);
	doc_digest(&m->doc, doc_need(&m->doc, at, "manifest"), digest);
	if (nonce.node != NULL)
		b = doc_octets(&m->doc, nonce, 64);
	e = outcome(m, doc_may(&m->doc, at, "outcome"));
	by = make_signer(m, doc_need(&m->doc, at, "sign"));
	seal =
	    make_seal(m, doc_may(&m->doc, at, "encrypt"), COSE_CTX_REPORT, &to);
	if (!make_good(m))
		return BYTES_NONE;
	return build_report(&m->b, by, digest, b, e, seal);
}

/* ---- faults
 * ---------------------------------------------------------------------- */

/* Let the faults of this recipe happen, and those named besides. */
static void
faults_in(
    struct make *m, struct spot at, unsigned made, const char *const *more)
{
	static const struct spot nowhere = {NULL, NULL};
	struct spot list = doc_may(&m->doc, at, "faults");
	struct spot key = doc_may(&m->doc, at, "other-key");
	struct span other = build_room(&m->b, KID_LEN);
	size_t n = list.node == NULL
		       ? 0
		       : doc_list(&m->doc, list, 0, BUILD_CHANGES_MAX);
	bool has_other = key.node != NULL;

	if (other.p != NULL && has_other)
		make_public(m, key, NULL, other.p);
	for (size_t i = 0; make_good(m); i++) {
		struct spot one = i < n ? doc_item(&m->doc, list, i) : nowhere;
		const struct fault *f;
		const char *name;
		char safe[60];

		if (i >= n && (more == NULL || *more == NULL))
			break;
		name = i < n ? doc_word(&m->doc, one) : *more++;
		f = fault_named(name);
		(void)safe_text(safe, sizeof(safe), bytes_of_text(name));
		if (f == NULL)
			doc_bad(&m->doc, one,
			    "there is no fault \"%s\"; 'teep make "
			    "--faults' lists them",
			    safe);
		else if ((f->kinds & made) == 0)
			doc_bad(&m->doc, one,
			    "the fault \"%s\" does not apply to %s", safe,
			    made_name(made));
		else if (m->b.dialect != NULL &&
			 !fault_in(f, made, m->b.dialect))
			doc_bad(&m->doc, one,
			    "\"%s\" is no fault in this dialect", safe);
		else
			fault_inject(
			    &m->b, f, made, has_other ? other.p : NULL);
		if (m->b.err == ERR_KEY_PURPOSE) {
			m->b.err = OK;
			doc_bad(&m->doc, one,
			    "the fault \"%s\" wants other-key", safe);
		}
	}
}

struct bytes
make_thing(
    struct make *m, struct spot at, unsigned made, const char *const *more)
{
	const struct change *saved[BUILD_CHANGES_MAX];
	size_t n_saved = m->b.n_changes, applied, wanted;
	struct bytes out;

	memcpy(saved, m->b.change, sizeof(saved));
	build_right(&m->b);
	faults_in(m, at, made, more);
	wanted = m->b.n_changes;
	applied = m->b.n_applied;
	out = made == MADE_EVIDENCE   ? make_evidence(m, at)
	      : made == MADE_RESULT   ? make_result(m, at)
	      : made == MADE_REPORT   ? make_report(m, at)
	      : made == MADE_MANIFEST ? make_manifest(m, at)
				      : BYTES_NONE;
	for (unsigned t = TEEP_QUERY_REQUEST; t <= TEEP_ERROR; t++)
		if (made == made_of((enum teep_type)t))
			out = make_message(m, at, (enum teep_type)t);
	if (m->doc.message[0] == 0 && wanted > 0 &&
	    (m->b.err == ERR_NOT_FOUND || m->b.err == ERR_TYPE ||
		m->b.n_applied < applied + wanted))
		doc_bad(&m->doc, doc_may(&m->doc, at, "faults"),
		    "a fault finds nothing here that it could change, or "
		    "does not go together with another");
	if (m->doc.message[0] == 0 && m->b.err != OK)
		doc_bad(&m->doc, at, "%s: %s", err_name(m->b.err),
		    err_text(m->b.err));
	memcpy(m->b.change, saved, sizeof(saved));
	m->b.n_changes = n_saved;
	return m->doc.message[0] == 0 ? out : BYTES_NONE;
}
