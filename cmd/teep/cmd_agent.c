/*
 * cmd_agent: `teep agent`: a device with given keys, against any TAM.  It
 * installs nothing: it says of every manifest that it has, and from then on
 * lists it.                                    [TEEP 7.2, TEEP-HTTP 5]
 */
#include "conform.h"
#include "fault.h"
#include "peer.h"
#include "recipe.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX  16
#define HAS_MAX     32
#define UEID_MAX    33
#define HWMODEL_MAX 32

/* What it makes, and so can make wrong. */
#define MAKES                                                           \
	((unsigned)MADE_QUERY_RESPONSE | MADE_SUCCESS | MADE_EVIDENCE | \
	    MADE_REPORT)

struct actor {
	struct build_device d;
	struct signer teep, evidence, report;
	struct cose_key encryption;
	bool has_encryption;
	uint8_t ueid[UEID_MAX], oemid[20], hwmodel[HWMODEL_MAX], version[80];
	uint8_t digest[HAS_MAX][DIGEST_LEN];
	struct build_has has[HAS_MAX];
	size_t n_has;
};

/* ---- the device, from its recipe ---------------------------------------- */

static struct signer
signer_at(const struct place *top, const char *name, struct cose_key *pub)
{
	struct place at = recipe_need(top, name);

	return recipe_signer(&at, pub);
}

static void
digest_at(const struct place *top, const char *name, uint8_t out[DIGEST_LEN])
{
	struct place at = recipe_need(top, name);

	(void)recipe_hex(&at, (struct span){out, DIGEST_LEN}, DIGEST_LEN);
}

static struct bytes
wrapped(struct span room, void (*put)(struct cbor_out *, struct bytes),
    struct bytes value)
{
	struct cbor_out w = cbor_into(room);

	put(&w, value);
	return (struct bytes){room.p, w.at};
}

static void
put_version(struct cbor_out *w, struct bytes text)
{
	cbor_put_array(w, 1);
	cbor_put_tstr(w, text);
}

static void
device_read(struct actor *a, const char *file, const struct crypto *c)
{
	static const char *const names[] = {"teep", "evidence", "report",
	    "ueid", "oemid", "hwmodel", "hwversion", "launcher", "agent",
	    "policy", NULL};
	struct place top = recipe_load(file), at;
	uint8_t oemid[16];
	struct cose_key unused;

	recipe_object(&top, names);
	a->teep = signer_at(&top, "teep", &a->d.teep_pub);
	a->evidence = signer_at(&top, "evidence", &unused);
	a->report = signer_at(&top, "report", &a->d.report_pub);
	a->d.teep = &a->teep;
	a->d.evidence = &a->evidence;
	a->d.report = &a->report;
	at = recipe_need(&top, "ueid");
	a->d.ueid = recipe_hex(&at, SPAN_OF(a->ueid), 7);
	at = recipe_need(&top, "oemid");
	a->d.oemid = wrapped(SPAN_OF(a->oemid), cbor_put_bstr,
	    recipe_hex(&at, SPAN_OF(oemid), 3));
	at = recipe_need(&top, "hwmodel");
	a->d.hwmodel = recipe_hex(&at, SPAN_OF(a->hwmodel), 1);
	at = recipe_need(&top, "hwversion");
	a->d.hwversion =
	    wrapped(SPAN_OF(a->version), put_version, recipe_text(&at, 64));
	digest_at(&top, "launcher", a->d.launcher);
	digest_at(&top, "agent", a->d.agent);
	digest_at(&top, "policy", a->d.policy);
	recipe_free();
	if (c->random(SPAN_OF(a->d.bootseed)) != OK)
		die(PROG, EXIT_REFUSED, "no randomness");
}

/* ---- messages ----------------------------------------------------------- */

static struct bytes
signed_by_device(
    struct peer *p, const struct actor *a, const struct teep_message *m)
{
	const struct signer *const by[] = {&a->teep};

	return build_message(&p->b, m, by, 1);
}

static struct bytes
respond(struct peer *p, const struct actor *a)
{
	const struct build_seal seal = {
	    a->has_encryption ? &a->encryption : NULL, COSE_CTX_EAT,
	    ALG_A128GCM};
	struct teep_message m = {.type = TEEP_QUERY_RESPONSE};

	peer_wrong_next(p, MADE_QUERY_RESPONSE);
	m.has = p->m.has & TEEP_HAS_TOKEN;
	m.token = p->m.token;
	if ((p->m.items & TEEP_ITEM_ATTESTATION) != 0) {
		m.has |= TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT;
		m.format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
		m.attestation = build_evidence(&p->b, &a->d, p->m.challenge,
		    p->v.kid, a->has, a->n_has, seal);
	}
	if ((p->m.items & TEEP_ITEM_COMPONENTS) != 0)
		m.has |= TEEP_HAS_TC_LIST;
	if ((p->m.items & TEEP_ITEM_EXTENSIONS) != 0)
		m.has |= TEEP_HAS_EXT_LIST;
	if (p->b.err != OK)
		return BYTES_NONE;
	return signed_by_device(p, a, &m);
}

/* Note what the Update brings, and report on it. */
static struct bytes
succeed(struct peer *p, struct actor *a)
{
	const struct build_seal seal = {
	    a->has_encryption ? &a->encryption : NULL, COSE_CTX_REPORT,
	    ALG_A128GCM};
	struct teep_message m = {.type = TEEP_SUCCESS, .token = p->m.token};
	struct cbor_in r = cbor_items(p->m.manifests);
	struct bytes report[HAS_MAX];
	size_t n = 0;

	peer_wrong_next(p, MADE_SUCCESS);
	m.has = p->m.has & TEEP_HAS_TOKEN;
	for (size_t i = 0; i < p->m.manifests.n && a->n_has < HAS_MAX; i++) {
		struct bytes envelope = cbor_bstr(&r, 0, LEN_ANY);
		uint8_t *digest = a->digest[a->n_has];

		build_digest(&p->b, envelope, digest);
		a->has[a->n_has++] = (struct build_has){{digest, DIGEST_LEN},
		    "teep-agent/nothing", {digest, DIGEST_LEN}};
		report[n++] = build_report(
		    &p->b, &a->report, digest, p->m.token, OK, seal);
	}
	if (n > 0) {
		m.has |= TEEP_HAS_REPORTS;
		m.reports = build_list(&p->b, report, n);
	}
	if (p->b.err != OK)
		return BYTES_NONE;
	return signed_by_device(p, a, &m);
}

static struct bytes
next_message(struct peer *p, struct actor *a)
{
	if (p->m.type == TEEP_QUERY_REQUEST)
		return respond(p, a);
	if (p->m.type == TEEP_UPDATE && (p->m.has & TEEP_HAS_ERR_CODE) != 0)
		p->refused++;
	if (p->m.type == TEEP_UPDATE)
		return succeed(p, a);
	return BYTES_NONE;
}

static void
session(struct peer *p, struct actor *a, struct target *t)
{
	static struct reply reply;
	struct bytes message = BYTES_NONE;

	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		enum err e = target_post(t, &p->b, message, &reply);

		if (e != OK)
			die(PROG, EXIT_REFUSED, "%s: %s", t->name, err_name(e));
		if (reply.status >= 300)
			die(PROG, EXIT_REFUSED, "%s: status %ld", t->name,
			    reply.status);
		if (reply.body.n == 0) {
			peer_note("<-- the TAM has nothing more to say");
			return;
		}
		if (!peer_heard(p, "the TAM", reply.body))
			die(PROG, EXIT_REFUSED, "that ends the session");
		message = next_message(p, a);
		if (message.n > 0)
			peer_said(p, "the TAM", message);
		peer_wrong_done(p);
		if (message.n == 0)
			return;
	}
	die(PROG, EXIT_REFUSED, "%u rounds, and no end", ROUNDS_MAX);
}

int
cmd_agent(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"device", required_argument, NULL, 'd'},
	    {"keys", required_argument, NULL, 'k'},
	    {"encrypt-to", required_argument, NULL, 'e'},
	    {"dialect", required_argument, NULL, 'D'},
	    {"fault", required_argument, NULL, 'f'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	const char *device = NULL, *keys = NULL, *to = NULL, *url;
	static struct actor a;
	static struct peer p;
	struct target t;
	enum err e = OK;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'd':
			device = optarg;
			break;
		case 'k':
			keys = optarg;
			break;
		case 'e':
			to = optarg;
			break;
		case 'D':
			peer_pin(&p, optarg);
			break;
		case 'f':
			peer_wrong_add(&p, MAKES, optarg);
			break;
		default:
			option_other(opt, "agent");
		}
	}
	url = only_argument(argc, argv, "URL");
	if (device == NULL || keys == NULL)
		die_usage(
		    PROG, "agent: --device FILE and --keys DIR are wanted");
	if (p.pinned && p.dialect.evidence == DIALECT_ENCRYPTED && to == NULL)
		die_usage(PROG,
		    "agent: in this dialect Evidence is encrypted: "
		    "--encrypt-to FILE is wanted, or evidence=if-key");
	peer_open(&p, keys);
	device_read(&a, device, p.crypto);
	if (to != NULL)
		e = load_public_key(to, &a.encryption, NULL);
	if (e != OK) {
		print_key_err(PROG, to, false, e);
		return EXIT_REFUSED;
	}
	a.has_encryption = to != NULL;
	target_open(&t, url, 30000);
	session(&p, &a, &t);
	target_close(&t);
	openssl_signer_free(&a.teep);
	openssl_signer_free(&a.evidence);
	openssl_signer_free(&a.report);
	peer_close(&p);
	peer_wrong_end(&p);
	return p.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
