/*
 * policy: read the one object that says whom this device trusts.
 *                                          [agent.h, docs/policy.md]
 */
#include "agent_int.h"
#include <string.h>

#define VERIFIERS_MAX 16
#define UIDS_MAX      64
#define HOSTS_MAX     16

struct policy_map {
	uint32_t has;
	uint64_t version;
	struct bytes admins;
	struct list tams, signers, verifiers;
	struct bytes recovery;
	struct list callers, logs;
};

struct admins_map {
	uint32_t has;
	uint64_t threshold;
	struct list keys;
};

struct tam_map {
	uint32_t has;
	struct bytes name;
	struct list keys;
	struct bytes enc, uri;
	struct list prefixes;
	uint64_t quota;
	bool unbound;
	struct bytes dialect, attested;
};

/* One value for each axis but the update's, in the order of their keys. */
struct dialect_map {
	uint32_t has;
	uint64_t axis[6];
};

struct signer_map {
	uint32_t has;
	struct bytes name;
	struct list keys, prefixes, hosts, floors;
	uint64_t payload_key, readings;
	bool logged;
};

struct caller_map {
	uint32_t has;
	struct bytes prefix;
	struct list uids;
};

enum {
	TAM_HAS_ENC = 1 << 2,
	TAM_HAS_QUOTA = 1 << 5,
	TAM_HAS_DIALECT = 1 << 7,
};
enum { CALLER_HAS_UIDS = 1 << 1 };

// clang-format off
static const struct cbor_field policy_rows[] = {
	FIELD_REQ(1, F_UINT, struct policy_map, version, 1, 1),
	FIELD_REQ(2, F_RAW_MAP, struct policy_map, admins, 0, 0),
	FIELD_REQ(3, F_LIST_MAP, struct policy_map, tams, 0, AGENT_TAMS_MAX),
	FIELD_REQ(4, F_LIST_MAP, struct policy_map, signers, 0, AGENT_SIGNERS_MAX),
	FIELD(5, F_LIST_MAP, struct policy_map, verifiers, 0, VERIFIERS_MAX),
	FIELD_REQ(6, F_RAW_MAP, struct policy_map, recovery, 0, 0),
	FIELD(7, F_LIST_MAP, struct policy_map, callers, 0, AGENT_CALLERS_MAX),
	FIELD(8, F_LIST_MAP, struct policy_map, logs, 1, AGENT_KEYS_MAX),
};

static const struct cbor_field admins_rows[] = {
	FIELD_REQ(1, F_UINT, struct admins_map, threshold, 1, AGENT_ADMINS_MAX),
	FIELD_REQ(2, F_LIST_MAP, struct admins_map, keys, 1, AGENT_ADMINS_MAX),
};

static const struct cbor_field tam_rows[] = {
	FIELD_REQ(1, F_TSTR, struct tam_map, name, 1, NAME_MAX),
	FIELD_REQ(2, F_LIST_MAP, struct tam_map, keys, 1, AGENT_KEYS_MAX),
	FIELD(3, F_RAW_MAP, struct tam_map, enc, 0, 0),
	FIELD_REQ(4, F_TSTR, struct tam_map, uri, 1, LINK_URI_MAX),
	FIELD_REQ(5, F_LIST_ARRAY, struct tam_map, prefixes, 1, AGENT_PREFIXES_MAX),
	FIELD(6, F_UINT, struct tam_map, quota, 0, UINT32_MAX),
	FIELD(7, F_BOOL, struct tam_map, unbound, 0, 0),
	FIELD(8, F_RAW_MAP, struct tam_map, dialect, 0, 0),
	FIELD(9, F_RAW_MAP, struct tam_map, attested, 0, 0),
};

static const struct cbor_field dialect_rows[] = {
	FIELD(1, F_UINT, struct dialect_map, axis[0], 0, DIALECT_LEGACY),
	FIELD(2, F_UINT, struct dialect_map, axis[1], 0, DIALECT_POLYMORPHIC),
	FIELD(3, F_UINT, struct dialect_map, axis[2], 0, DIALECT_TWO),
	FIELD(4, F_UINT, struct dialect_map, axis[3], 0, DIALECT_SIGN1),
	FIELD(5, F_UINT, struct dialect_map, axis[4], 0, DIALECT_REPORT_BARE),
	FIELD(6, F_UINT, struct dialect_map, axis[5], 0, DIALECT_IF_KEY),
};

static const struct cbor_field signer_rows[] = {
	FIELD_REQ(1, F_TSTR, struct signer_map, name, 1, NAME_MAX),
	FIELD_REQ(2, F_LIST_MAP, struct signer_map, keys, 1, AGENT_KEYS_MAX),
	FIELD_REQ(3, F_LIST_ARRAY, struct signer_map, prefixes, 1, AGENT_PREFIXES_MAX),
	FIELD(4, F_LIST, struct signer_map, hosts, 0, HOSTS_MAX),
	FIELD(5, F_UINT, struct signer_map, payload_key, 1, UINT32_MAX),
	FIELD(6, F_LIST_ARRAY, struct signer_map, floors, 1, AGENT_COUNTERS_MAX),
	FIELD(7, F_BOOL, struct signer_map, logged, 0, 0),
	FIELD(8, F_UINT, struct signer_map, readings, 1, SUIT_READINGS_ALL),
};

static const struct cbor_field verifier_rows[] = {
	FIELD_REQ(1, F_TSTR, struct policy_verifier, name, 1, NAME_MAX),
	FIELD_REQ(2, F_LIST_MAP, struct policy_verifier, keys, 1, AGENT_KEYS_MAX),
};

static const struct cbor_field caller_rows[] = {
	FIELD_REQ(1, F_RAW_ARRAY, struct caller_map, prefix, 0, 0),
	FIELD(2, F_LIST_UINT, struct caller_map, uids, 0, UIDS_MAX),
};
// clang-format on

/* Strict: a member that this agent does not know may take rights away. */
#define TABLE(rows)                      \
	{                                \
		rows, ARRAY_LEN(rows), 1 \
	}

static const struct cbor_table policy_table = TABLE(policy_rows);
static const struct cbor_table admins_table = TABLE(admins_rows);
static const struct cbor_table tam_table = TABLE(tam_rows);
static const struct cbor_table dialect_table = TABLE(dialect_rows);
static const struct cbor_table signer_table = TABLE(signer_rows);
static const struct cbor_table verifier_table = TABLE(verifier_rows);
static const struct cbor_table caller_table = TABLE(caller_rows);

/* Does the key stand in the policy read so far?  Rows not read yet are
 * zeroed and hold none. */
static bool
key_known(const struct policy *p, const uint8_t kid[KID_LEN])
{
	struct bytes id = {kid, KID_LEN};

	for (size_t i = 0; i < p->n_admins; i++)
		if (bytes_same(BYTES_OF(p->admin_kid[i]), id))
			return true;
	for (size_t i = 0; i <= AGENT_TAMS_MAX; i++) {
		const struct policy_tam *t =
		    i < AGENT_TAMS_MAX ? &p->tam[i] : &p->recovery;

		if (keys_have(&t->sign, kid) ||
		    (t->has_enc && bytes_same(BYTES_OF(t->enc_kid), id)))
			return true;
	}
	for (size_t i = 0; i < AGENT_SIGNERS_MAX; i++)
		if (keys_have(&p->signer[i].keys, kid))
			return true;
	return keys_have(&p->logs, kid);
}

/*
 * Take one key: a point on its curve, and in no other place of the policy,
 * for whose key it is must have one answer.                [design 5]
 *
 * One policy serves devices that can do different algorithms.  A key of one
 * that ours lacks is taken, so that it has its place, and never verifies
 * anything; *usable counts the others.
 */
static enum err
take_key(const struct crypto *c, const struct policy *p, struct bytes raw,
    struct cose_key *key, uint8_t kid[KID_LEN], size_t *usable)
{
	enum err e;

	TRY(cose_key_read(raw, key));
	if (cose_key_alg(key) == 0)
		return ERR_COSE_KEY;
	e = c->key_check(key);
	if (e == OK)
		(*usable)++;
	else if (e != ERR_COSE_ALG)
		return e;
	TRY(cose_key_thumbprint(c, key, kid));
	return key_known(p, kid) ? ERR_KEY_PURPOSE : OK;
}

static enum err
take_keys(const struct crypto *c, const struct policy *p, struct list l,
    struct policy_keys *out, size_t *usable)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		struct bytes raw = cbor_raw(&r, CBOR_MAP);

		TRY(take_key(c, p, raw, &out->key[i], out->kid[i], usable));
		out->n++;
	}
	return cbor_close(&r);
}

/* The keys of one who is to be heard here: one of them has to be usable. */
static enum err
take_usable(const struct crypto *c, const struct policy *p, struct list l,
    struct policy_keys *out)
{
	size_t usable = 0;

	TRY(take_keys(c, p, l, out, &usable));
	return usable > 0 ? OK : ERR_COSE_ALG;
}

static enum err
ids_check(struct list l)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++)
		TRY(suit_id_check(cbor_raw(&r, CBOR_ARRAY)));
	return cbor_close(&r);
}

/* A prefix that does not end a path segment would let https://a.example
 * stand for https://a.example.evil.test. */
static enum err
hosts_check(struct list l)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		struct bytes uri = cbor_tstr(&r, 1, LINK_URI_MAX);

		if (r.err == OK && uri.p[uri.n - 1] != '/')
			return ERR_URI;
	}
	return cbor_close(&r);
}

static enum err
read_admins(const struct crypto *c, struct bytes in, struct policy *p)
{
	struct cbor_in r = cbor_open(in);
	struct admins_map m = {0};
	size_t usable = 0;

	cbor_map_read(&r, &admins_table, &m);
	TRY(cbor_close(&r));
	r = cbor_items(m.keys);
	for (size_t i = 0; i < m.keys.n; i++) {
		struct bytes raw = cbor_raw(&r, CBOR_MAP);

		TRY(take_key(
		    c, p, raw, &p->admin[i], p->admin_kid[i], &usable));
		p->n_admins++;
	}
	if (m.threshold > p->n_admins)
		return ERR_RANGE;
	/* Or no policy after this one could ever be accepted. */
	if (m.threshold > usable)
		return ERR_COSE_ALG;
	p->threshold = (uint8_t)m.threshold;
	return cbor_close(&r);
}

/* An axis that is not named has its default, 0. */
static enum err
read_dialect(struct bytes in, struct dialect *out)
{
	struct cbor_in r = cbor_open(in);
	struct dialect_map m = {0};

	cbor_map_read(&r, &dialect_table, &m);
	out->numbering = (uint8_t)m.axis[0];
	out->algs = (uint8_t)m.axis[1];
	out->profiles = (uint8_t)m.axis[2];
	out->first = (uint8_t)m.axis[3];
	out->reports = (uint8_t)m.axis[4];
	out->evidence = (uint8_t)m.axis[5];
	return cbor_close(&r);
}

static enum err
read_tam(const struct crypto *c, struct cbor_in *r, struct policy *p,
    struct policy_tam *out)
{
	struct tam_map m = {0};
	size_t usable = 0;

	cbor_map_read(r, &tam_table, &m);
	TRY(r->err);
	if (policy_tam_named(p, m.name) != NULL)
		return ERR_DUPLICATE;
	TRY(take_usable(c, p, m.keys, &out->sign));
	if ((m.has & TAM_HAS_ENC) != 0) {
		TRY(take_key(c, p, m.enc, &out->enc, out->enc_kid, &usable));
		if (out->enc.crv != CRV_P256)
			return ERR_COSE_KEY;
		if (usable == 0)
			return ERR_COSE_ALG;
		out->has_enc = true;
	}
	TRY(ids_check(m.prefixes));
	if ((m.has & TAM_HAS_DIALECT) != 0)
		TRY(read_dialect(m.dialect, &out->dialect));
	out->dialect.update = m.unbound ? DIALECT_UNBOUND : DIALECT_BOUND;
	/* Evidence that nobody encrypts is read by every network: that has
	 * to be written out.                                [security 4] */
	if (!out->has_enc && out->dialect.evidence == DIALECT_ENCRYPTED)
		return ERR_MISSING;
	out->name = m.name;
	out->uri = m.uri;
	out->prefixes = m.prefixes;
	out->attested = m.attested;
	p->has_attested |= m.attested.p != NULL;
	out->quota = (m.has & TAM_HAS_QUOTA) != 0 ? m.quota : UINT64_MAX;
	return OK;
}

/* The recovery TAM brings a new policy and nothing else, and never a stale
 * one.                                                     [security 12] */
static enum err
read_recovery(const struct crypto *c, struct bytes in, struct policy *p)
{
	struct cbor_in r = cbor_open(in);

	TRY(read_tam(c, &r, p, &p->recovery));
	if (p->recovery.prefixes.n != 1 ||
	    !bytes_same(p->recovery.prefixes.raw, policy_id) ||
	    p->recovery.dialect.update != DIALECT_BOUND)
		return ERR_UNEXPECTED;
	return cbor_close(&r);
}

static enum err
read_signer(const struct crypto *c, struct cbor_in *r, struct policy *p)
{
	struct policy_signer *out = &p->signer[p->n_signers];
	struct signer_map m = {0};

	cbor_map_read(r, &signer_table, &m);
	TRY(r->err);
	if (policy_signer_named(p, m.name) != NULL)
		return ERR_DUPLICATE;
	TRY(take_usable(c, p, m.keys, &out->keys));
	TRY(ids_check(m.prefixes));
	TRY(hosts_check(m.hosts));
	out->name = m.name;
	out->prefixes = m.prefixes;
	out->hosts = m.hosts;
	out->payload_key = (uint32_t)m.payload_key;
	out->floors = m.floors;
	out->readings = (uint32_t)m.readings;
	p->has_floors |= m.floors.n > 0;
	out->logged = m.logged;
	/* by none that it could be in */
	if (m.logged && p->logs.n == 0)
		return ERR_MISSING;
	p->n_signers++;
	return OK;
}

enum err
policy_verifier_read(struct cbor_in *r, struct policy_verifier *out)
{
	*out = (struct policy_verifier){0};
	cbor_map_read(r, &verifier_table, out);
	return r->err;
}

/* Who demands that a TAM proves itself takes the keys of Verifiers from here
 * when they are needed; they must be theirs alone whoever does. */
static enum err
read_verifier(const struct crypto *c, struct cbor_in *r, const struct policy *p)
{
	struct policy_keys keys = {0};
	struct policy_verifier m;
	size_t usable = 0;

	TRY(policy_verifier_read(r, &m));
	return take_keys(c, p, m.keys, &keys, &usable);
}

static enum err
read_caller(struct cbor_in *r, struct policy *p)
{
	struct policy_caller *out = &p->caller[p->n_callers];
	struct caller_map m = {0};
	struct cbor_in uids;

	cbor_map_read(r, &caller_table, &m);
	TRY(r->err);
	TRY(suit_id_check(m.prefix));
	uids = cbor_items(m.uids);
	for (size_t i = 0; i < m.uids.n; i++)
		(void)cbor_uint(&uids, 0, UINT32_MAX);
	TRY(cbor_close(&uids));
	out->prefix = m.prefix;
	out->anybody = (m.has & CALLER_HAS_UIDS) == 0;
	out->uids = m.uids;
	p->n_callers++;
	return OK;
}

/* Read all; *what becomes the member at fault. */
static enum err
read_policy(const struct crypto *c, struct bytes in, struct policy *p,
    const char **what)
{
	struct cbor_in r = cbor_open(in);
	struct policy_map m = {0};

	*what = "policy";
	cbor_map_read(&r, &policy_table, &m);
	TRY(cbor_close(&r));
	*what = "admins";
	TRY(read_admins(c, m.admins, p));
	*what = "tam";
	r = cbor_items(m.tams);
	for (size_t i = 0; i < m.tams.n; i++) {
		TRY(read_tam(c, &r, p, &p->tam[p->n_tams]));
		p->n_tams++;
	}
	*what = "recovery";
	TRY(read_recovery(c, m.recovery, p));
	*what = "logs";
	if (m.logs.n > 0)
		TRY(take_usable(c, p, m.logs, &p->logs));
	*what = "signer";
	r = cbor_items(m.signers);
	for (size_t i = 0; i < m.signers.n; i++)
		TRY(read_signer(c, &r, p));
	*what = "verifier";
	p->verifiers = m.verifiers;
	r = cbor_items(m.verifiers);
	for (size_t i = 0; i < m.verifiers.n; i++)
		TRY(read_verifier(c, &r, p));
	*what = "caller";
	r = cbor_items(m.callers);
	for (size_t i = 0; i < m.callers.n; i++)
		TRY(read_caller(&r, p));
	*what = "policy";
	return c->sha256(&in, 1, p->digest);
}

enum err
policy_read(const struct crypto *c, struct bytes in, struct policy *out,
    struct why *why)
{
	const char *what = "policy";
	enum err e = ERR_TOO_LONG;

	memset(out, 0, sizeof(*out));
	if (in.n <= AGENT_POLICY_MAX)
		e = read_policy(c, in, out, &what);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return why_set(why, e, what);
}

enum err
policy_link(struct policy *p, const struct agent_ports *ports, struct why *why)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < p->n_tams; i++)
		e = dialect_link(&p->tam[i].dialect, ports->dialects);
	if (e == OK)
		e = dialect_link(&p->recovery.dialect, ports->dialects);
	if (e != OK)
		return why_set(why, e, "dialect");
	if (p->logs.n > 0 && ports->logs == NULL)
		return why_set(why, ERR_CANNOT, "logs");
	if (p->has_floors)
		e = ports->revoking == NULL ? ERR_CANNOT
					    : ports->revoking->check(p);
	if (e != OK)
		return why_set(why, e, "floors");
	if (p->has_attested)
		e = ports->demanding == NULL
			? ERR_CANNOT
			: ports->demanding->check(ports->crypto, p);
	return e == OK ? OK : why_set(why, e, "attested");
}
