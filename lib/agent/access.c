/*
 * access: what a policy allows to whom.                     [security 12, 13]
 */
#include "agent_int.h"

static const uint8_t policy_id_octets[] = {
    0x81, 0x46, 'p', 'o', 'l', 'i', 'c', 'y'};
const struct bytes policy_id = {policy_id_octets, sizeof(policy_id_octets)};

bool
list_covers(struct list prefixes, struct bytes id)
{
	struct cbor_in r = cbor_items(prefixes);

	for (size_t i = 0; i < prefixes.n; i++) {
		struct bytes prefix = cbor_raw(&r, CBOR_ARRAY);

		if (r.err != OK)
			return false;
		if (suit_id_under(id, prefix))
			return true;
	}
	return false;
}

bool
keys_have(const struct policy_keys *k, const uint8_t kid[KID_LEN])
{
	for (size_t i = 0; i < k->n; i++)
		if (bytes_same(
			BYTES_OF(k->kid[i]), (struct bytes){kid, KID_LEN}))
			return true;
	return false;
}

const struct policy_tam *
policy_tam_of(const struct policy *p, const uint8_t kid[KID_LEN])
{
	for (size_t i = 0; i < p->n_tams; i++)
		if (keys_have(&p->tam[i].sign, kid))
			return &p->tam[i];
	if (keys_have(&p->recovery.sign, kid))
		return &p->recovery;
	return NULL;
}

const struct policy_tam *
policy_tam_named(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_tams; i++)
		if (bytes_same(p->tam[i].name, name))
			return &p->tam[i];
	if (bytes_same(p->recovery.name, name))
		return &p->recovery;
	return NULL;
}

const struct policy_signer *
policy_signer_named(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_signers; i++)
		if (bytes_same(p->signer[i].name, name))
			return &p->signer[i];
	return NULL;
}

const struct policy_tam *
policy_tam_serving(const struct policy *p, struct bytes id, struct bytes hint)
{
	const struct policy_tam *first = NULL;

	for (size_t i = 0; i < p->n_tams; i++) {
		const struct policy_tam *t = &p->tam[i];

		if (!list_covers(t->prefixes, id))
			continue;
		if (hint.n > 0 && bytes_same(t->uri, hint))
			return t;
		if (first == NULL)
			first = t;
	}
	return first;
}

static bool
signed_by(const struct suit_manifest *m, const struct policy_keys *k)
{
	for (size_t i = 0; i < m->n_signers; i++)
		if (keys_have(k, m->signer[i]))
			return true;
	return false;
}

const struct policy_signer *
policy_authority(const struct policy *p, const struct suit_manifest *m)
{
	for (size_t i = 0; i < p->n_signers; i++) {
		const struct policy_signer *s = &p->signer[i];
		bool all = signed_by(m, &s->keys) &&
			   list_covers(s->prefixes, m->component_id);

		for (size_t k = 0; all && k < m->n_indexes; k++)
			all = list_covers(s->prefixes, suit_component(m, k));
		if (all)
			return s;
	}
	return NULL;
}

bool
policy_threshold_met(const struct policy *p, const struct suit_manifest *m)
{
	size_t n = 0;

	/* Counted by administrator, so two blocks of one key are one. */
	for (size_t i = 0; i < p->n_admins; i++)
		for (size_t k = 0; k < m->n_signers; k++)
			if (bytes_same(BYTES_OF(p->admin_kid[i]),
				BYTES_OF(m->signer[k]))) {
				n++;
				break;
			}
	return p->threshold > 0 && n >= p->threshold;
}

bool
policy_may_call(const struct policy *p, struct bytes id, uint64_t uid)
{
	for (size_t i = 0; i < p->n_callers; i++) {
		const struct policy_caller *c = &p->caller[i];
		struct cbor_in r = cbor_items(c->uids);

		if (!suit_id_under(id, c->prefix))
			continue;
		if (c->anybody)
			return true;
		for (size_t k = 0; k < c->uids.n; k++)
			if (cbor_uint(&r, 0, UINT32_MAX) == uid && r.err == OK)
				return true;
	}
	return false;
}

bool
touches_policy(const struct suit_manifest *m)
{
	for (size_t i = 0; i < m->n_indexes; i++)
		if (bytes_same(suit_component(m, i), policy_id))
			return true;
	return bytes_same(m->component_id, policy_id);
}

bool
only_policy(const struct suit_manifest *m)
{
	return m->n_indexes == 1 && m->depends == 0 &&
	       bytes_same(suit_component(m, 0), policy_id) &&
	       bytes_same(m->component_id, policy_id);
}
