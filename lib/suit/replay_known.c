/*
 * replay_known: what a reading of a report knows of the device, and so what
 * must become of a condition.
 *
 *	facts   who the device is: its identifiers do not change in a run, and
 *	        may be several
 *	known   what a component holds: written, matched or measured, until
 *	        it is filled anew
 */
#include "replay_int.h"

#include <string.h>

/* The parameter that a condition compares, 0: none. */
static uint8_t
label_of(const struct suit_row *row)
{
	switch (row->code) {
	case SUIT_CMD_VENDOR:
	case SUIT_CMD_CLASS:
	case SUIT_CMD_DEVICE:
	case SUIT_CMD_IMAGE_MATCH:
	case SUIT_CMD_SLOT:
	case SUIT_CMD_USE_BEFORE:
	case SUIT_CMD_BATTERY:
	case SUIT_CMD_VERSION:
		return row->code;
	case SUIT_CMD_IMAGE_NOT_MATCH:
		return SUIT_PAR_IMAGE_DIGEST;
	case SUIT_CMD_CHECK_CONTENT:
		return SUIT_PAR_CONTENT;
	default:
		return 0;
	}
}

static bool
is_identifier(const struct suit_row *row)
{
	return row->code == SUIT_CMD_VENDOR || row->code == SUIT_CMD_CLASS ||
	       row->code == SUIT_CMD_DEVICE;
}

/* Is it a question whose answer does not change in a run? */
static bool
is_fact(const struct suit_row *row)
{
	return is_identifier(row) || row->code == SUIT_CMD_SLOT;
}

static bool
has_needs(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	return params_have(&r->run, s, row->needs);
}

static struct bytes
digest_wanted(const struct suit_replay *r, const struct suit_slot *s)
{
	return param_get(&r->run, s, SUIT_PAR_IMAGE_DIGEST);
}

/* Of the manifest that runs. */
static bool
is_dependency(const struct suit_replay *r, const struct suit_slot *s)
{
	return suit_profile.depending != NULL &&
	       suit_profile.depending->is(&r->run, s);
}

/* What it holds is another content now: a check of it counts no more. */
static void
filled(struct suit_replay *r, const struct suit_slot *s)
{
	r->run.slot[s - r->run.slot].fills++;
}

static struct suit_known *
known_of(struct suit_replay *r, const struct suit_slot *s)
{
	return &r->known[s - r->run.slot];
}

static const struct suit_known *
known_const(const struct suit_replay *r, const struct suit_slot *s)
{
	return &r->known[s - r->run.slot];
}

/* ---- values, encoded as parameters are --------------------------------- */

static void
claim_begin(struct suit_claim *c, struct bytes component, uint8_t label)
{
	memset(c, 0, sizeof(*c));
	c->component = component;
	c->label = label;
}

/* One that does not fit stays empty. */
static void
claim_raw(struct suit_claim *c, struct bytes encoded)
{
	if (encoded.n > sizeof(c->value))
		return;
	memcpy(c->value, encoded.p, encoded.n);
	c->n_value = (uint8_t)encoded.n;
}

static void
claim_record(struct suit_claim *c, const struct suit_record *value)
{
	claim_raw(c, (struct bytes){value->value, value->n_value});
}

/* The fact that a condition asks for. */
static void
claim_wanted(const struct suit_replay *r, struct suit_claim *c,
    const struct suit_row *row, const struct suit_slot *s)
{
	struct bytes v = param_get(&r->run, s, label_of(row));
	struct cbor_out w = cbor_into(SPAN_OF(c->value));
	struct bytes out;

	claim_begin(c, s->id, label_of(row));
	/* a UUID is kept without its head; all else as it was encoded */
	if (v.n == 16 && is_identifier(row))
		cbor_put_bstr(&w, v);
	else
		cbor_put_raw(&w, v);
	if (cbor_done(&w, &out) == OK)
		c->n_value = (uint8_t)out.n;
}

const struct suit_claim *
fact_find(const struct suit_claims *all, const struct suit_claim *c)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct suit_claim *x = &all->of[i];

		if (bytes_same(x->component, c->component) &&
		    x->label == c->label &&
		    bytes_same((struct bytes){x->value, x->n_value},
			(struct bytes){c->value, c->n_value}))
			return x;
	}
	return NULL;
}

static void
fact_note(struct suit_claims *all, const struct suit_claim *c, bool is)
{
	if (c->n_value == 0 || fact_find(all, c) != NULL ||
	    all->n == ARRAY_LEN(all->of))
		return;
	all->of[all->n] = *c;
	all->of[all->n++].is = is;
}

/* ---- what was measured ------------------------------------------------- */

/* The measured value of a parameter, encoded; empty: it was not told. */
static struct bytes
measured(struct bytes properties, uint8_t label)
{
	struct cbor_in r = cbor_open(properties);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		int64_t key = cbor_int(&r, INT32_MIN, INT32_MAX);
		struct bytes value = cbor_raw(&r, CBOR_ANY);

		if (r.err == OK && key == label)
			return value;
	}
	return BYTES_NONE;
}

/* A digest within a bstr. */
static bool
digest_of(struct bytes value, struct bytes *sha256)
{
	struct cbor_in r = cbor_open(value);
	struct bytes in = cbor_bstr(&r, 1, LEN_ANY);

	return cbor_close(&r) == OK && suit_digest_read(in, sha256) == OK;
}

/* Is it encoded as its parameter? */
static bool
fact_is(const struct suit_row *row, struct bytes value)
{
	struct cbor_in r = cbor_open(value);

	if (row->code == SUIT_CMD_SLOT)
		(void)cbor_uint(&r, 0, UINT64_MAX);
	else if (row->code == SUIT_CMD_VENDOR && cbor_tag_if(&r, TAG_PEN))
		(void)cbor_bstr(&r, 1, PEN_MAX);
	else
		(void)cbor_bstr(&r, 16, 16);
	return cbor_close(&r) == OK;
}

bool
known_told(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties)
{
	uint8_t label = label_of(row);
	struct bytes value = measured(properties, label), sha;
	struct suit_claim c;

	if (value.n == 0)
		return label == 0;
	if (row->code == SUIT_CMD_IMAGE_MATCH)
		return digest_of(value, &sha) &&
		       bytes_same(sha, digest_wanted(r, s));
	if (!is_fact(row))
		return false;
	claim_wanted(r, &c, row, s);
	return bytes_same(value, (struct bytes){c.value, c.n_value});
}

/* Can a component that fails to be what a manifest asks for have this? */
static bool
content_measured(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes value)
{
	const struct suit_known *k = known_const(r, s);
	struct bytes sha;
	bool same;

	if (!digest_of(value, &sha))
		return false;
	if (k->digest_is &&
	    (k->written || k->asked == param_size(&r->run, s)) &&
	    !bytes_same(sha, BYTES_OF(k->digest)))
		return false;
	same = bytes_same(sha, digest_wanted(r, s));
	if (row->code == SUIT_CMD_IMAGE_NOT_MATCH)
		return same;
	return !same || param_size(&r->run, s) != UINT64_MAX;
}

/* Is it on the wrong side of what was asked for? */
static bool
number_measured(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes value)
{
	struct cbor_in in = cbor_open(value);
	uint64_t got = cbor_uint(&in, 0, UINT64_MAX);
	uint64_t want = suit_param_uint(param_get(&r->run, s, label_of(row)));

	if (cbor_close(&in) != OK)
		return false;
	return row->code == SUIT_CMD_BATTERY ? got < want : got >= want;
}

bool
known_measured(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties)
{
	struct bytes value = measured(properties, label_of(row));
	const struct suit_claim *f;
	struct suit_claim c;

	if (value.n == 0)
		return true;
	if (!has_needs(r, row, s))
		return false; /* nothing was compared */
	if (is_fact(row)) {
		if (!fact_is(row, value) || known_told(r, row, s, properties))
			return false;
		claim_begin(&c, s->id, label_of(row));
		claim_raw(&c, value);
		f = fact_find(&r->facts, &c);
		return f == NULL || f->is;
	}
	switch (row->code) {
	case SUIT_CMD_IMAGE_MATCH:
	case SUIT_CMD_IMAGE_NOT_MATCH:
		return content_measured(r, row, s, value);
	case SUIT_CMD_BATTERY:
	case SUIT_CMD_USE_BEFORE:
		return number_measured(r, row, s, value);
	default: /* a version is of its own kind, and claims nothing */
		return true;
	}
}

/* ---- what must be ------------------------------------------------------ */

/* What becomes of image-match, with this digest for the one that is asked
 * for.  Storage that does not know how much it holds answers for as much as
 * is declared: for another size, nothing is known of it. */
static enum outcome
content_outcome(const struct suit_replay *r, const struct suit_slot *s,
    struct bytes digest, uint64_t size)
{
	const struct suit_known *k = known_const(r, s);

	if (!k->digest_is ||
	    (!k->written && k->asked != param_size(&r->run, s)))
		return OPEN;
	if (!bytes_same(digest, BYTES_OF(k->digest)))
		return FAILS;
	if (size == UINT64_MAX)
		return HOLDS;
	if (!k->size_is)
		return OPEN;
	return k->size == size ? HOLDS : FAILS;
}

static enum outcome
fact_outcome(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	const struct suit_claim *f;
	struct suit_claim c;

	claim_wanted(r, &c, row, s);
	f = fact_find(&r->facts, &c);
	if (f != NULL)
		return f->is ? HOLDS : FAILS;
	/* there are many vendors, but one slot */
	for (size_t i = 0; i < r->facts.n && !is_identifier(row); i++) {
		f = &r->facts.of[i];
		if (f->is && f->label == c.label &&
		    bytes_same(f->component, c.component))
			return FAILS;
	}
	return OPEN;
}

enum outcome
known_outcome(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	struct bytes content;
	uint8_t digest[DIGEST_LEN];
	enum outcome match;

	if (!has_needs(r, row, s) || row->code == SUIT_CMD_ABORT)
		return FAILS;
	if (is_fact(row))
		return fact_outcome(r, row, s);
	switch (row->code) {
	case SUIT_CMD_IMAGE_MATCH:
		return content_outcome(
		    r, s, digest_wanted(r, s), param_size(&r->run, s));
	case SUIT_CMD_IMAGE_NOT_MATCH:
		match = content_outcome(
		    r, s, digest_wanted(r, s), param_size(&r->run, s));
		return match == OPEN ? OPEN : match == HOLDS ? FAILS : HOLDS;
	case SUIT_CMD_IS_DEPENDENCY:
		return is_dependency(r, s) ? HOLDS : FAILS;
	case SUIT_CMD_CHECK_CONTENT:
		content = param_get(&r->run, s, SUIT_PAR_CONTENT);
		if (r->run.crypto->sha256(&content, 1, digest) != OK)
			return OPEN;
		return content_outcome(r, s, BYTES_OF(digest), UINT64_MAX);
	default:
		return OPEN;
	}
}

enum outcome
known_directive(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	struct bytes uri;

	if (!has_needs(r, row, s))
		return FAILS;
	if (row->code != SUIT_CMD_FETCH)
		return OPEN;
	uri = param_get(&r->run, s, SUIT_PAR_URI);
	return uri.n > 0 && uri.p[0] == '#' &&
		       suit_payload(part_now(&r->run)->m, uri).p == NULL
		   ? FAILS
		   : OPEN;
}

/* ---- what is learned --------------------------------------------------- */

/* It has this digest, asked with a size declared or not. */
static void
content_is(const struct suit_replay *r, struct suit_known *k,
    const struct suit_slot *s, struct bytes sha256, bool whole)
{
	uint64_t size = param_size(&r->run, s);

	memcpy(k->digest, sha256.p, DIGEST_LEN);
	k->digest_is = true;
	k->asked = size;
	if (!whole || size == UINT64_MAX || is_dependency(r, s))
		return;
	k->size = size;
	k->size_is = true;
}

/* It holds these very octets. */
static void
content_learn(struct suit_replay *r, struct suit_known *k,
    const struct suit_slot *s, struct bytes content)
{
	if (is_dependency(r, s)) {
		/* known by its manifest, and its size is a bound */
		k->digest_is =
		    suit_manifest_hash(r->run.crypto, content, k->digest) == OK;
		return;
	}
	if (r->run.crypto->sha256(&content, 1, k->digest) != OK)
		return;
	k->digest_is = true;
	k->asked = param_size(&r->run, s);
	k->size = content.n;
	k->size_is = true;
}

void
known_held(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	struct suit_known *k = known_of(r, s);
	struct suit_claim c;

	if (is_fact(row)) {
		claim_wanted(r, &c, row, s);
		fact_note(&r->facts, &c, true);
	} else if (row->code == SUIT_CMD_IMAGE_MATCH) {
		content_is(r, k, s, digest_wanted(r, s), true);
	} else if (row->code == SUIT_CMD_CHECK_CONTENT) {
		content_learn(r, k, s, param_get(&r->run, s, SUIT_PAR_CONTENT));
	}
}

void
known_failed(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties)
{
	struct bytes value = measured(properties, label_of(row)), sha;
	struct suit_known *k = known_of(r, s);
	struct suit_claim c;

	if (!has_needs(r, row, s))
		return;
	if (is_fact(row)) {
		claim_wanted(r, &c, row, s);
		fact_note(&r->facts, &c, false);
		if (value.n == 0)
			return;
		claim_begin(&c, s->id, label_of(row));
		claim_raw(&c, value);
		fact_note(&r->facts, &c, true);
	} else if (row->code == SUIT_CMD_IMAGE_NOT_MATCH) {
		content_is(r, k, s, digest_wanted(r, s), true);
	} else if (row->code == SUIT_CMD_IMAGE_MATCH &&
		   digest_of(value, &sha)) {
		content_is(r, k, s, sha, false);
	}
}

/* What a component is filled with; p NULL: the manifest does not say. */
static struct bytes
filled_with(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	if (param_get(&r->run, s, SUIT_PAR_ENCRYPTION_INFO).p != NULL)
		return BYTES_NONE;
	if (row->code == SUIT_CMD_WRITE)
		return param_get(&r->run, s, SUIT_PAR_CONTENT);
	if (row->code == SUIT_CMD_FETCH)
		return suit_payload(
		    part_now(&r->run)->m, param_get(&r->run, s, SUIT_PAR_URI));
	return BYTES_NONE;
}

/* A component that has moved stands in another slot. */
static void
slot_forget(struct suit_claims *all, struct bytes component)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->of[i].label != SUIT_PAR_SLOT ||
		    !bytes_same(all->of[i].component, component))
			all->of[kept++] = all->of[i];
	all->n = kept;
}

static void
exchanged(struct suit_replay *r, const struct suit_slot *s)
{
	const struct suit_slot *from =
	    suit_slot_of(&r->run, param_get(&r->run, s, SUIT_PAR_SOURCE));
	struct suit_known *a = known_of(r, s), *b;

	*a = (struct suit_known){.changed = true};
	filled(r, s);
	slot_forget(&r->facts, s->id);
	if (from == NULL)
		return;
	b = known_of(r, from);
	*b = (struct suit_known){.changed = true};
	filled(r, from);
	slot_forget(&r->facts, from->id);
}

void
known_done(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	struct suit_known *k = known_of(r, s);
	struct bytes content;

	switch (row->code) {
	case SUIT_CMD_WRITE:
	case SUIT_CMD_FETCH:
	case SUIT_CMD_COPY:
	case SUIT_CMD_UNLINK:
		*k = (struct suit_known){.changed = true, .written = true};
		filled(r, s);
		content = filled_with(r, row, s);
		if (content.p != NULL)
			content_learn(r, k, s, content);
		break;
	case SUIT_CMD_SWAP:
		exchanged(r, s);
		break;
	default:
		break;
	}
}

/* ---- what is claimed --------------------------------------------------- */

static void
claim_add(struct suit_claims *out, const struct suit_claim *c)
{
	if (c->n_value > 0 && out->n < ARRAY_LEN(out->of))
		out->of[out->n++] = *c;
}

void
known_claims(const struct suit_replay *r, struct suit_claims *out)
{
	size_t kept = 0;

	/* out may be the facts themselves: what is not so is no claim */
	for (size_t i = 0; i < r->facts.n; i++)
		if (r->facts.of[i].is)
			out->of[kept++] = r->facts.of[i];
	out->n = kept;
	for (size_t i = 0; i < r->run.n_slots; i++) {
		const struct suit_known *k = &r->known[i];
		struct suit_record value = {0};
		struct suit_claim c;

		/* What a failed run has filled is dropped. */
		if (k->changed && !r->report->success)
			continue;
		if (k->digest_is) {
			claim_begin(
			    &c, r->run.slot[i].id, SUIT_PAR_IMAGE_DIGEST);
			record_digest_set(&value, k->digest);
			claim_record(&c, &value);
			claim_add(out, &c);
		}
		if (k->size_is) {
			claim_begin(&c, r->run.slot[i].id, SUIT_PAR_IMAGE_SIZE);
			record_uint_set(&value, SUIT_PAR_IMAGE_SIZE, k->size);
			claim_record(&c, &value);
			claim_add(out, &c);
		}
	}
}

void
suit_replay_put(struct cbor_out *w, const struct suit_claims *claims)
{
	cbor_put_array(w, claims->n);
	for (size_t i = 0; i < claims->n; i++) {
		const struct suit_claim *c = &claims->of[i];

		cbor_put_map(w, 2);
		cbor_put_uint(w, 0);
		cbor_put_raw(w, c->component);
		cbor_put_uint(w, c->label);
		cbor_put_raw(w, (struct bytes){c->value, c->n_value});
	}
}
