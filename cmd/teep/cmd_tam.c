/*
 * cmd_tam: `teep tam`: a TAM that does as it is told, for anybody's agent.
 * It decides nothing: whoever answers its question gets the Update that the
 * command line names.                          [TEEP 7.1, TEEP-HTTP 6]
 */
#include "fault.h"
#include "peer.h"
#include "serve.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What it makes, and so can make wrong. */
#define MAKES ((unsigned)MADE_QUERY_REQUEST | MADE_UPDATE | MADE_RESULT)

struct script {
	struct signer key[2];
	size_t n_keys;
	struct signer result;
	bool has_result;
	struct bytes manifest[PEER_FILES_MAX];
	size_t n_manifests;
	const char *unneeded;
	uint64_t sessions, items;
	bool by_token, prove;
	/* the session under way */
	struct bytes challenge;
	bool updated, proving;
	/* signs what an agent is told of this TAM, once a session */
	struct signer voucher;
	bool vouches, vouched;
};

/* proof: a Result about this TAM, or empty; then only that key signs which the
 * Result is about. */
static struct bytes
question(struct peer *p, struct script *s, const struct signer *about,
    struct bytes proof)
{
	const struct signer *by[2] = {
	    about != NULL ? about : &s->key[0], &s->key[1]};
	bool one = about != NULL || p->dialect.first == DIALECT_SIGN1;
	const struct dialect_offer *offer = dialect_offer(&p->dialect);
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .has = s->by_token ? TEEP_HAS_TOKEN : TEEP_HAS_CHALLENGE,
	    .suites = offer->both,
	    .profiles = offer->profiles,
	    .items = s->items,
	};

	peer_wrong_next(p, MADE_QUERY_REQUEST);
	s->challenge = build_random(&p->b, 32);
	m.challenge = m.token = s->challenge;
	if (proof.n > 0) {
		m.has |= TEEP_HAS_ATTESTATION;
		m.attestation = proof;
	}
	/* who knows Sign1 only gets it by the first key */
	return build_message(&p->b, &m, by, one ? 1 : s->n_keys);
}

/* The key of the suite that the agent answered in. */
static const struct signer *
signer_for(const struct script *s, int32_t alg)
{
	for (size_t i = 0; i < s->n_keys; i++)
		if (s->key[i].alg == alg)
			return &s->key[i];
	return &s->key[0];
}

static bool
result(struct peer *p, const struct script *s, struct bytes *out)
{
	struct eat_claims c = {0};
	struct build_result r = {.by = &s->result};

	if (!peer_claims(p, &c)) {
		peer_note("    no Update: its Evidence cannot be read; is the "
			  "private encryption key in --keys?");
		return false;
	}
	r.nonce = c.nonce;
	r.ueid = c.ueid;
	r.oemid = c.oemid;
	r.hwmodel = c.hwmodel;
	r.hwversion = c.hwversion;
	r.manifests = c.manifests;
	r.iat = (uint64_t)time(NULL);
	r.exp = r.iat + 3600;
	memcpy(r.cnf, p->v.kid, KID_LEN);
	*out = build_result(&p->b, &r);
	return p->b.err == OK;
}

static struct bytes
update(struct peer *p, struct script *s)
{
	const struct signer *by[1] = {
	    signer_for(s, dialect_alg_read(&p->dialect, p->v.alg))};
	struct teep_message m = {.type = TEEP_UPDATE, .has = TEEP_HAS_TOKEN};

	if (s->updated || (s->n_manifests == 0 && s->unneeded == NULL))
		return BYTES_NONE;
	peer_wrong_next(p, MADE_UPDATE);
	if (s->has_result) {
		m.has |= TEEP_HAS_ATTESTATION;
		if (!result(p, s, &m.attestation))
			return BYTES_NONE;
	}
	m.token = build_random(&p->b, 32);
	if (s->n_manifests > 0) {
		m.has |= TEEP_HAS_MANIFESTS;
		m.manifests = build_list(&p->b, s->manifest, s->n_manifests);
	}
	if (s->unneeded != NULL) {
		m.has |= TEEP_HAS_UNNEEDED;
		m.unneeded = (struct list){build_id(&p->b, s->unneeded), 1};
	}
	s->updated = true;
	return build_message(&p->b, &m, by, 1);
}

/* Error 7: what a Verifier would say of this TAM; whoever believes the voucher
 * believes it. */
static struct bytes
vouched(struct peer *p, struct script *s)
{
	static const uint8_t ueid[17] = {1}, digest[DIGEST_LEN];
	const struct eat_manifest own = {
	    BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};
	const struct signer *by =
	    signer_for(s, dialect_alg_read(&p->dialect, p->v.alg));
	uint8_t room[96];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct build_result r = {
	    .by = &s->voucher,
	    .nonce = p->m.challenge,
	    .ueid = BYTES_OF(ueid),
	    .oemid = BYTES_LIT("\x43\0\0\0"),
	    .hwmodel = BYTES_LIT("teep"),
	    .hwversion = BYTES_LIT("\x81\x64tool"),
	    .iat = (uint64_t)time(NULL),
	};

	if (!s->vouches || s->vouched || (p->m.has & TEEP_HAS_CHALLENGE) == 0)
		return BYTES_NONE;
	s->vouched = true;
	eat_manifest_put(&w, &own);
	r.manifests = (struct list){{room, w.at}, 1};
	r.exp = r.iat + 3600;
	memcpy(r.cnf, by->kid, KID_LEN);
	return question(p, s, by, build_result(&p->b, &r));
}

/* What is said to one POST; *over: the session has ended. */
static struct bytes
answer(struct peer *p, struct script *s, struct bytes body, bool *over)
{
	struct bytes out = BYTES_NONE;

	*over = false;
	if (body.n == 0) {
		build_free(&p->b);
		peer_note("<-- a session is opened");
		s->updated = s->proving = s->vouched = false;
		return question(p, s, NULL, BYTES_NONE);
	}
	if (peer_heard(p, "the agent", body) &&
	    p->m.type == TEEP_QUERY_RESPONSE)
		out = update(p, s);
	else if (p->m.type == TEEP_ERROR &&
		 p->m.err_code == TEEP_ERR_ATTESTATION_REQUIRED && s->vouches &&
		 !s->vouched)
		out = vouched(p, s);
	else if (p->m.type == TEEP_ERROR)
		p->refused++;
	else if (p->m.type == TEEP_SUCCESS && s->prove && !s->proving) {
		s->proving = true;
		out = question(p, s, NULL, BYTES_NONE);
	}
	*over = out.n == 0;
	return out;
}

static void
serve_script(struct peer *p, struct script *s, const char *url)
{
	char path[1024];
	struct serve serve;
	uint64_t done = 0;

	serve_open(&serve, serve_url(url, path, sizeof(path)));
	peer_note("listening on %s", url);
	while (s->sessions == 0 || done < s->sessions) {
		struct serve_answer a = {.status = 204};
		bool over = false;

		if (!serve_next(&serve, 1000))
			continue;
		if (strcmp(serve.now.path, path) != 0) {
			a.status = 404;
		} else if (strcmp(serve.now.method, "POST") != 0) {
			a = (struct serve_answer){
			    .status = 405, .allow = "POST"};
		} else {
			a.body = answer(p, s, serve.now.body, &over);
			a.status = a.body.n > 0 ? 200 : 204;
			a.type = TEEP_MEDIA_TYPE;
			peer_said(p, "the agent", a.body);
			peer_wrong_done(p);
		}
		serve_tell(&serve, &a);
		done += over;
	}
	serve_close(&serve);
}

static void
add_manifest(struct script *s, const char *file)
{
	enum err e = ERR_ROOM;

	if (s->n_manifests < PEER_FILES_MAX)
		e = input_read(file, &s->manifest[s->n_manifests]);
	if (e != OK) {
		print_err(PROG, file, e);
		exit(EXIT_REFUSED);
	}
	s->n_manifests++;
}

/* Whoever names a dialect is held to what it says of Updates. */
static void
check_bound(const struct peer *p, const struct script *s)
{
	bool bound = p->dialect.update == DIALECT_BOUND;
	bool changes = s->n_manifests > 0 || s->unneeded != NULL;

	if (p->pinned && changes && bound && !s->has_result)
		die_usage(PROG,
		    "tam: in this dialect an Update carries a Result: "
		    "--result PEM is wanted, or update=unbound");
	if (p->pinned && !bound && s->has_result)
		die_usage(PROG,
		    "tam: with update=unbound there is no Result; --result "
		    "does not belong there");
}

int
cmd_tam(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"keys", required_argument, NULL, 'd'},
	    {"result", required_argument, NULL, 'r'},
	    {"vouch", required_argument, NULL, 'v'},
	    {"manifest", required_argument, NULL, 'm'},
	    {"unneeded", required_argument, NULL, 'u'},
	    {"items", required_argument, NULL, 'i'},
	    {"sessions", required_argument, NULL, 'n'},
	    {"dialect", required_argument, NULL, 'D'},
	    {"prove", no_argument, NULL, 'p'},
	    {"fault", required_argument, NULL, 'f'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static struct script s = {
	    .items = TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS};
	static struct peer p;
	const char *keys = NULL, *url;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'k':
			if (s.n_keys == ARRAY_LEN(s.key))
				die_usage(PROG, "tam: two keys are the most");
			s.key[s.n_keys++] = peer_signer(optarg);
			break;
		case 'd':
			keys = optarg;
			break;
		case 'r':
			s.result = peer_signer(optarg);
			s.has_result = true;
			break;
		case 'v':
			s.voucher = peer_signer(optarg);
			s.vouches = true;
			break;
		case 'm':
			add_manifest(&s, optarg);
			break;
		case 'u':
			s.unneeded = optarg;
			break;
		case 'i':
			if (number_read(optarg, 15, &s.items) != OK)
				die_usage(PROG, "'%s' is not 0 to 15", optarg);
			break;
		case 'n':
			if (number_read(optarg, UINT32_MAX, &s.sessions) != OK)
				die_usage(PROG, "'%s' is no number", optarg);
			break;
		case 'D':
			peer_pin(&p, optarg);
			break;
		case 'p':
			s.prove = true;
			break;
		case 'f':
			peer_wrong_add(&p, MAKES, optarg);
			break;
		default:
			option_other(opt, "tam");
		}
	}
	url = only_argument(argc, argv, "URL");
	if (s.n_keys == 0)
		die_usage(PROG, "tam: --key PEM is wanted, once or twice");
	check_bound(&p, &s);
	s.by_token = (s.items & TEEP_ITEM_ATTESTATION) == 0;
	peer_open(&p, keys);
	serve_script(&p, &s, url);
	for (size_t i = 0; i < s.n_keys; i++)
		openssl_signer_free(&s.key[i]);
	openssl_signer_free(&s.result);
	openssl_signer_free(&s.voucher);
	for (size_t i = 0; i < s.n_manifests; i++)
		release_bytes(&s.manifest[i]);
	peer_close(&p);
	peer_wrong_end(&p);
	return p.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
