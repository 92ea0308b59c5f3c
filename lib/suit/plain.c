/*
 * plain: does a manifest bring nothing that is a secret?    [security 16]
 *
 * For whoever hands manifests to devices that have not proven themselves.
 * Nothing is executed: an encryption-info that stands anywhere counts, also
 * in an alternative that would never be taken.
 */
#include "suit_int.h"

/* Each level of nesting is sequences; a try-each adds a level of its own. */
#define LEVELS (2 * SUIT_NESTING_MAX + 2)

struct level {
	struct cbor_in r;
	size_t left;
	bool tries;
};

struct look {
	struct level level[LEVELS];
	size_t n;
};

static bool
push(struct look *l, struct bytes array, bool tries)
{
	struct level *v = &l->level[l->n];

	if (l->n == LEVELS)
		return false;
	l->n++;
	v->r = cbor_open(array);
	v->tries = tries;
	v->left = cbor_array_any(&v->r, 0, LEN_ANY);
	if (!tries)
		v->left /= 2;
	return v->r.err == OK;
}

/* A map of parameters that sets no encryption-info. */
static bool
params_plain(struct cbor_in *r)
{
	size_t n = cbor_map_any(r, 0, LEN_ANY);

	for (size_t i = 0; i < n && r->err == OK; i++) {
		if (cbor_int(r, INT64_MIN, INT64_MAX) ==
		    SUIT_PAR_ENCRYPTION_INFO)
			return false;
		(void)cbor_raw(r, CBOR_ANY);
	}
	return r->err == OK;
}

/* override-multiple: a map of parameters for each of several components. */
static bool
several_plain(struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_map_any(&r, 0, LEN_ANY);
	bool plain = true;

	for (size_t i = 0; i < n && plain; i++) {
		(void)cbor_int(&r, INT64_MIN, INT64_MAX);
		plain = params_plain(&r);
	}
	return plain && r.err == OK;
}

static bool
command_plain(struct look *l, int64_t code, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	struct bytes seq;

	switch (code) {
	case SUIT_CMD_SET_PARAMETERS:
	case SUIT_CMD_OVERRIDE:
		return params_plain(&r);
	case SUIT_CMD_OVERRIDE_MULTIPLE:
		return several_plain(arg);
	case SUIT_CMD_TRY_EACH:
		return push(l, arg, true);
	case SUIT_CMD_RUN_SEQUENCE:
		seq = cbor_bstr(&r, 0, LEN_ANY);
		return r.err == OK && push(l, seq, false);
	default:
		return true;
	}
}

/* The next item of the innermost level; what it holds becomes a level. */
static bool
step(struct look *l)
{
	struct level *v = &l->level[l->n - 1];
	struct bytes arg;
	int64_t code;

	if (v->left == 0) {
		l->n--;
		return true;
	}
	v->left--;
	if (v->tries) {
		if (v->left == 0 && cbor_peek_null(&v->r)) {
			cbor_null(&v->r);
			return true;
		}
		arg = cbor_bstr(&v->r, 0, LEN_ANY);
		return v->r.err == OK && push(l, arg, false);
	}
	code = cbor_int(&v->r, INT64_MIN, INT64_MAX);
	arg = cbor_raw(&v->r, CBOR_ANY);
	return v->r.err == OK && command_plain(l, code, arg);
}

static bool
sequence_plain(struct bytes sequence)
{
	struct look l = {.n = 0};
	bool plain = sequence.n == 0 || push(&l, sequence, false);

	while (plain && l.n > 0)
		plain = step(&l);
	return plain;
}

bool
suit_plain(const struct suit_manifest *m)
{
	/* What is fetched or was left out may hold anything. */
	if (m->dependencies.n > 0 || m->severed != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(m->section); i++)
		switch (i) {
		case SUIT_VALIDATE:
		case SUIT_LOAD:
		case SUIT_INVOKE:
		case SUIT_DEPENDENCY_RESOLUTION:
		case SUIT_PAYLOAD_FETCH:
		case SUIT_CANDIDATE_VERIFICATION:
		case SUIT_INSTALL:
		case SUIT_UNINSTALL:
			if (!sequence_plain(m->section[i]))
				return false;
			break;
		default:
			break;
		}
	return sequence_plain(m->shared);
}
