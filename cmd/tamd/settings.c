/*
 * settings: an INI file, then the environment.  Paths, addresses and limits;
 * what the TAM trusts stands in the policy database.
 */
#include "tamd.h"

#include <arpa/inet.h>
#include <fetch.h>
#include <netinet/in.h>
#include <settings.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whoever runs this TAM has named no maker: random, made once. */
#define OEMID_DEFAULT "07d1bb25d978beb368f808272d6ee017"

#define OFF(member) offsetof(struct settings, member)
#define TEXT(section, name, env, member) \
	SETTING_TEXT_ROW(section, name, env, struct settings, member)

static const struct setting rows[] = {
    TEXT("tamd", "dir", "TAMD_DIR", dir),
    TEXT("tamd", "listen", "TAMD_LISTEN", listen),
    TEXT("tamd", "path", "TAMD_PATH", path),
    TEXT("tamd", "public_uri", "TAMD_PUBLIC_URI", public_uri),
    TEXT("tamd", "admin_socket", "TAMD_ADMIN_SOCKET", admin_socket),
    {"tamd", "log_level", "TAMD_LOG_LEVEL", SETTING_LEVEL, OFF(level), 0, 0},
    {"tamd", "threads", "TAMD_THREADS", SETTING_U32, OFF(threads), 1, 64},
    {"limits", "connections", "TAMD_CONNECTIONS", SETTING_U32, OFF(connections),
	1, 65536},
    {"limits", "source_connections", "TAMD_SOURCE_CONNECTIONS", SETTING_U32,
	OFF(source_connections), 0, 65536},
    {"limits", "connects", "TAMD_CONNECTS", SETTING_U32, OFF(connects), 1,
	1000000},
    {"limits", "sign_rate", "TAMD_SIGN_RATE", SETTING_U32, OFF(sign_rate), 1,
	1000000},
    {"limits", "memory", "TAMD_MEMORY", SETTING_U64, OFF(memory), 16u << 20,
	UINT64_C(1) << 40},
    {"limits", "challenge_life", "TAMD_CHALLENGE_LIFE", SETTING_U32,
	OFF(tam.challenge_life), 10, 86400},
    {"limits", "token_life", "TAMD_TOKEN_LIFE", SETTING_U32,
	OFF(tam.token_life), 60, 2592000},
    {"limits", "result_life", "TAMD_RESULT_LIFE", SETTING_U32,
	OFF(tam.result_life), 60, 2592000},
    {"limits", "exchange_requests", "TAMD_EXCHANGE_REQUESTS", SETTING_U32,
	OFF(tam.exchange_requests), 2, 16},
    {"limits", "clock_skew", "TAMD_CLOCK_SKEW", SETTING_U32,
	OFF(tam.clock_skew), 0, 3600},
    TEXT("attestation", "ask", "TAMD_ASK", ask),
    TEXT("attestation", "freshness", "TAMD_FRESHNESS", freshness),
    TEXT("attestation", "least", "TAMD_LEAST", least),
    TEXT("attestation", "status", "TAMD_STATUS", status),
    TEXT("attestation", "submodule", "TAMD_SUBMODULE", submodule),
    TEXT("attestation", "passports", "TAMD_PASSPORTS", passports),
    {"attestation", "evidence_age", "TAMD_EVIDENCE_AGE", SETTING_U32,
	OFF(tam.evidence_age), 1, 86400},
    {"attestation", "result_age", "TAMD_RESULT_AGE", SETTING_U32,
	OFF(tam.result_age), 1, 2592000},
    TEXT("identity", "ueid", "TAMD_UEID", ueid),
    TEXT("identity", "oemid", "TAMD_OEMID", oemid),
    TEXT("identity", "hwmodel", "TAMD_HWMODEL", hwmodel),
    TEXT("identity", "hwversion", "TAMD_HWVERSION", hwversion),
    TEXT("identity", "attested_by", "TAMD_ATTESTED_BY", attested_by),
    TEXT("verifier", "uri", "TAMD_VERIFIER_URI", verifier.uri),
    TEXT("verifier", "ca_file", "TAMD_VERIFIER_CA_FILE", verifier.ca_file),
    TEXT("verifier", "authorization", "TAMD_VERIFIER_AUTHORIZATION",
	verifier.authorization),
    TEXT("verifier", "result", "TAMD_VERIFIER_RESULT", verifier.result),
    TEXT("verifier", "accepts", "TAMD_VERIFIER_ACCEPTS", verifier.accepts),
    TEXT(
	"verifier", "assurance", "TAMD_VERIFIER_ASSURANCE", verifier.assurance),
    {"verifier", "seconds", "TAMD_VERIFIER_SECONDS", SETTING_U32,
	OFF(verifier.seconds), 1, 60},
    {"verifier", "sessions", "TAMD_VERIFIER_SESSIONS", SETTING_U32,
	OFF(verifier.sessions), 1, COURIERS_MAX},
    {"uids", "courier", "TAMD_UID_COURIER", SETTING_UID, OFF(uid_courier), 0,
	0},
    {"uids", "keeper", "TAMD_UID_KEEPER", SETTING_UID, OFF(uid_keeper), 0, 0},
    {"uids", "admin", "TAMD_UID_ADMIN", SETTING_UID, OFF(uid_admin), 0, 0},
    {"uids", "front", "TAMD_UID_FRONT", SETTING_UID, OFF(uid_front), 0, 0},
};

bool
settings_vouched(const struct settings *s)
{
	return strcmp(s->attested_by, "verifier") == 0;
}

bool
dialect_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < TAM_DIALECT_MAX && name[n] == 0 &&
	       strcmp(name, "default") != 0;
}

const struct dialect_setting *
settings_dialect(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_dialects; i++)
		if (strcmp(s->dialect[i].name, name) == 0)
			return &s->dialect[i];
	return NULL;
}

/* The section's row, which begins as all defaults. */
static struct dialect_setting *
dialect_row(struct settings *s, const char *name)
{
	struct dialect_setting *d;

	for (size_t i = 0; i < s->n_dialects; i++)
		if (strcmp(s->dialect[i].name, name) == 0)
			return &s->dialect[i];
	if (s->n_dialects == DIALECTS_MAX || !dialect_name_ok(name))
		return NULL;
	d = &s->dialect[s->n_dialects];
	*d = (struct dialect_setting){.path = ""};
	if (!text_set(d->name, sizeof(d->name), name))
		return NULL;
	s->n_dialects++;
	return d;
}

/* One line of a section [dialect NAME]: path, suite, or an axis. */
static bool
dialect_line(struct dialect_setting *d, const char *name, const char *value)
{
	if (strcmp(name, "path") == 0)
		return value[0] == '/' &&
		       text_set(d->path, sizeof(d->path), value);
	if (strcmp(name, "suite") == 0) {
		d->ed25519 = strcmp(value, "ed25519") == 0;
		return d->ed25519 || strcmp(value, "esp256") == 0;
	}
	return dialect_set(&d->dialect, name, value) == OK;
}

static bool
more(void *out, const char *section, const char *name, const char *value)
{
	static const char dialect[] = "dialect ";
	struct dialect_setting *d;

	if (strncmp(section, dialect, sizeof(dialect) - 1) != 0)
		return false;
	d = dialect_row(out, section + sizeof(dialect) - 1);
	return d != NULL && dialect_line(d, name, value);
}

static const struct setting_table table = {
    TAMD, "tamd(8)", rows, ARRAY_LEN(rows), more};

void
settings_default(struct settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*s = (struct settings){
	    .dir = "/var/lib/tamarind/tamd",
	    .listen = "127.0.0.1:8080",
	    .path = "/tam",
	    .threads = cores < 1    ? 1
		       : cores > 64 ? 64
				    : (unsigned)cores,
	    .connections = 4096,
	    .connects = 500,
	    .sign_rate = 20000,
	    .memory = (uint64_t)512 << 20,
	    .tam = tam_config_default(),
	    .level = LEVEL_INFO,
	    .operator_uid = getuid(),
	    .verifier = {.result = "jwt",
		.accepts = "affirming",
		.assurance = "self-reported",
		.seconds = 10,
		.sessions = 8},
	    .oemid = OEMID_DEFAULT,
	    .hwmodel = TAMD,
	    .hwversion = "none",
	    .ask = "evidence",
	    .freshness = "nonce",
	    .least = "none",
	    .status = "affirming",
	    .passports = "no",
	    .attested_by = "self",
	};
}

/* Every endpoint is another one. */
static void
check_dialects(const struct settings *s, const char *file)
{
	for (size_t i = 0; i < s->n_dialects; i++) {
		const char *path = s->dialect[i].path;
		bool taken = strcmp(path, s->path) == 0;

		for (size_t k = 0; k < i; k++)
			taken |= strcmp(path, s->dialect[k].path) == 0;
		if (path[0] == 0)
			die(TAMD, EXIT_USAGE, "%s: [dialect %s] lacks its path",
			    file, s->dialect[i].name);
		if (taken)
			die(TAMD, EXIT_USAGE,
			    "%s: [dialect %s]: path %s has another dialect",
			    file, s->dialect[i].name, path);
	}
}

/* One of n words, as its number; any other ends the program. */
static unsigned
word(const char *file, const char *name, const char *value,
    const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(value, words[i]) == 0)
			return (unsigned)i;
	die(TAMD, EXIT_USAGE, "%s: [attestation] %s = %s is wrong; see tamd(8)",
	    file, name, value);
}

static void
attestation(struct settings *s, const char *file)
{
	static const char *const ask[] = {"evidence", "passport"};
	static const char *const fresh[] = {"nonce", "timestamp", "both"};
	static const char *const status[] = {"affirming", "warning"};
	static const char *const truth[] = {"no", "yes"};
	static const unsigned bits[] = {TAM_FRESH_NONCE, TAM_FRESH_TIME,
	    (unsigned)TAM_FRESH_NONCE | TAM_FRESH_TIME};
	const char *classes[ASSURE_HARDWARE + 1];

	for (unsigned i = 0; i < ARRAY_LEN(classes); i++)
		classes[i] = assurance_name((enum assurance)i);
	s->tam.model = word(file, "ask", s->ask, ask, 2) == 1
			   ? TAM_PASSPORT
			   : TAM_BACKGROUND_CHECK;
	s->tam.fresh = bits[word(file, "freshness", s->freshness, fresh, 3)];
	s->tam.least = (enum assurance)word(
	    file, "least", s->least, classes, ARRAY_LEN(classes));
	s->least_status = word(file, "status", s->status, status, 2) == 1
			      ? EAR_WARNING
			      : EAR_AFFIRMING;
	s->tam.passports = word(file, "passports", s->passports, truth, 2) == 1;
}

static bool
is_one_of(const char *is, const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(is, word[i]) == 0)
			return true;
	return false;
}

/* In the clear on this machine only, where the address itself says so: a name
 * may come to mean another one, and may begin like an address. */
static bool
verifier_uri_ok(const char *uri)
{
	struct in_addr v4;
	struct origin o;
	bool ok;

	if (origin_read(uri, &o) != OK)
		return false;
	ok = strcmp(o.scheme, "https") == 0 ||
	     (strcmp(o.scheme, "http") == 0 &&
		 (strcmp(o.host, "[::1]") == 0 ||
		     (inet_pton(AF_INET, o.host, &v4) == 1 &&
			 ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET)));
	origin_free(&o);
	return ok;
}

static void
check_verifier(const struct settings *s, const char *file)
{
	static const char *const form[] = {"jwt", "ear", "teep"};
	static const char *const tier[] = {"affirming", "warning"};
	const struct verifier_setting *v = &s->verifier;

	if (!is_one_of(v->result, form, ARRAY_LEN(form)) ||
	    !is_one_of(v->accepts, tier, ARRAY_LEN(tier)) ||
	    assurance_from_name(bytes_of_text(v->assurance)) == ASSURE_NONE)
		die(TAMD, EXIT_USAGE, "%s: [verifier] is wrong; see tamd(8)",
		    file);
	if (v->uri[0] != 0 && !verifier_uri_ok(v->uri))
		die(TAMD, EXIT_USAGE,
		    "%s: [verifier]: uri is neither https nor http on this "
		    "machine's own address",
		    file);
}

/* A JWT is nothing that an agent could read. */
static void
check_attested(const struct settings *s, const char *file)
{
	if (!settings_vouched(s) && strcmp(s->attested_by, "self") != 0)
		die(TAMD, EXIT_USAGE,
		    "%s: [identity]: attested_by is neither self nor verifier",
		    file);
	if (settings_vouched(s) &&
	    (s->verifier.uri[0] == 0 ||
		strcmp(s->verifier.result, "jwt") == 0 || s->ueid[0] == 0))
		die(TAMD, EXIT_USAGE,
		    "%s: [identity]: attested_by = verifier wants a ueid and, "
		    "in [verifier], an uri and result = teep or ear",
		    file);
}

static void
check(const struct settings *s, const char *file)
{
	const uint8_t any[DIGEST_LEN] = {0};
	struct self self;

	if (s->path[0] != '/')
		die(TAMD, EXIT_USAGE, "%s: path does not begin with /", file);
	if (s->dir[0] == 0)
		die(TAMD, EXIT_USAGE, "%s: dir is empty", file);
	check_dialects(s, file);
	check_verifier(s, file);
	check_attested(s, file);
	if (self_write(s, any, &self) != OK)
		die(TAMD, EXIT_USAGE, "%s: [identity] is wrong; see tamd(8)",
		    file);
}

void
settings_load(struct settings *s, const char *file)
{
	char own[PATH_MAX];

	settings_path(s, FILE_CONFIG, own);
	file = setting_load(&table, s, file, own);
	attestation(s, file);
	check(s, file);
}

void
settings_path(const struct settings *s, const char *name, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
}
