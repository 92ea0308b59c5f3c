/*
 * items: check what stands inside the lists and texts of a message.
 *
 * A caller that walks a list afterwards meets only items of this shape.
 */
#include "teep_int.h"
#include <string.h>

/* cipher-suite = [+ [type, algorithm]].                        [TEEP 8.1] */
void
teep_item_suite(struct cbor_in *r, const struct dialect *d)
{
	size_t n = cbor_array_any(r, 1, TEEP_LIST_MAX);

	(void)d;
	for (size_t i = 0; i < n && r->err == OK; i++) {
		cbor_array(r, 2);
		(void)cbor_uint(r, 0, UINT64_MAX);
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
	}
}

/* suit-cose-profile = [digest, auth, key exchange, encryption], or only the
 * second and the fourth of them.                               [TEEP 8.2] */
void
teep_item_profile(struct cbor_in *r, const struct dialect *d)
{
	size_t n = d != NULL && d->profiles == DIALECT_TWO ? 2 : 4;

	cbor_array(r, n);
	for (size_t i = 0; i < n; i++)
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
}

static void
number(struct cbor_in *r, const struct dialect *d)
{
	(void)d;
	(void)cbor_uint(r, 0, UINT64_MAX);
}

/* version, ext-info: at most four octets.                      [TEEP 4.2] */
static void
number32(struct cbor_in *r, const struct dialect *d)
{
	(void)d;
	(void)cbor_uint(r, 0, UINT32_MAX);
}

static void
octets(struct cbor_in *r, const struct dialect *d)
{
	(void)d;
	(void)cbor_bstr(r, 0, LEN_ANY);
}

/* SUIT_Component_Identifier = [* bstr]. */
static void
component(struct cbor_in *r, const struct dialect *d)
{
	size_t n = cbor_array_any(r, 0, TEEP_LIST_MAX);

	for (size_t i = 0; i < n && r->err == OK; i++)
		octets(r, d);
}

/* system-property-claims: component id under 0, and at least one SUIT
 * parameter, which the reader of that parameter checks.        [TEEP 4.3] */
static void
claims(struct cbor_in *r, const struct dialect *d)
{
	size_t n = cbor_map_any(r, 2, CBOR_PAIRS_MAX);
	bool named = false;

	for (size_t i = 0; i < n && r->err == OK; i++) {
		if (cbor_int(r, INT64_MIN, INT64_MAX) != 0) {
			(void)cbor_raw(r, CBOR_ANY);
			continue;
		}
		component(r, d);
		named = true;
	}
	if (!named)
		cbor_fail(r, ERR_MISSING);
}

static void
requested(struct cbor_in *r, const struct dialect *d)
{
	struct teep_requested unused;

	if (teep_requested_read(r, d, &unused) != OK)
		return; /* the reader remembers */
}

enum err
teep_requested_read(
    struct cbor_in *items, const struct dialect *d, struct teep_requested *out)
{
	const struct teep_numbering *n = teep_numbering_of(d);
	struct cbor_in id;

	memset(out, 0, sizeof(*out));
	if (n == NULL)
		cbor_fail(items, ERR_BUG);
	else
		cbor_map_read(items, &n->requested, out);
	id = cbor_open(out->component);
	component(&id, d);
	if (cbor_close(&id) != OK)
		cbor_fail(items, id.err);
	/* An authorising manifest alone must be newer than some number. */
	if (out->have_binary && (out->has & TEEP_REQUESTED_SEQUENCE) == 0)
		cbor_fail(items, ERR_TEEP_RULE);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

void
teep_requested_write(
    struct cbor_out *w, const struct dialect *d, const struct teep_requested *r)
{
	const struct teep_numbering *n = teep_numbering_of(d);
	struct teep_requested all = *r;

	all.has |= TEEP_REQUESTED_COMPONENT;
	if (n != NULL)
		cbor_map_write(w, &n->requested, &all);
	else if (w->err == OK)
		w->err = ERR_BUG;
}

// clang-format off
static const struct {
	void (*item)(struct cbor_in *r, const struct dialect *d);
	uint8_t label;
	uint16_t off;
} lists[] = {
	{teep_item_suite, 1, offsetof(struct teep_message, suites)},
	{number32, 3, offsetof(struct teep_message, versions)},
	{teep_item_profile, 4, offsetof(struct teep_message, profiles)},
	{claims, 7, offsetof(struct teep_message, tc_list)},
	{number32, 8, offsetof(struct teep_message, ext_list)},
	{octets, 9, offsetof(struct teep_message, manifests)},
	{requested, 13, offsetof(struct teep_message, requested)},
	{component, 14, offsetof(struct teep_message, unneeded)},
	{octets, 18, offsetof(struct teep_message, reports)},
	{number, 20, offsetof(struct teep_message, freshness)},
};

static const struct {
	uint8_t label;
	uint16_t off;
} texts[] = {
	{10, offsetof(struct teep_message, msg)},
	{11, offsetof(struct teep_message, err_msg)},
	{12, offsetof(struct teep_message, format)},
	{21, offsetof(struct teep_message, err_lang)},
};
// clang-format on

/* The first control character in valid UTF-8, or t.n: below U+0020, and
 * U+007F..U+009F.  They could rewrite an operator's screen.    [TEEP 4.4] */
static size_t
control_at(struct bytes t)
{
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] < 0x20 || t.p[i] == 0x7f)
			return i;
		if (t.p[i] == 0xc2 && i + 1 < t.n && t.p[i + 1] < 0xa0)
			return i;
	}
	return t.n;
}

/* Where a part of the message stands in it; 0 when it is not there yet. */
static size_t
offset(struct bytes in, struct bytes part)
{
	return in.p == NULL || part.p == NULL ? 0 : (size_t)(part.p - in.p);
}

enum err
teep_items_check(const struct teep_message *m, const struct dialect *d,
    struct bytes in, struct why *why)
{
	const uint8_t *base = (const uint8_t *)m;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct cbor_in r;
		struct list l;

		memcpy(&l, base + lists[i].off, sizeof(l));
		if (l.n == 0 && l.raw.n == 0)
			continue;
		/* Read one by one: see read_items. */
		if (m->type == TEEP_QUERY_REQUEST && in.p != NULL &&
		    (lists[i].item == teep_item_suite ||
			lists[i].item == teep_item_profile))
			continue;
		r = cbor_items(l);
		for (size_t k = 0; k < l.n && r.err == OK; k++)
			lists[i].item(&r, d);
		if (cbor_close(&r) != OK)
			return teep_fault(why, r.err,
			    teep_label_name(lists[i].label),
			    offset(in, l.raw) + r.err_at);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct bytes t;
		size_t at;

		memcpy(&t, base + texts[i].off, sizeof(t));
		at = control_at(t);
		if (at < t.n)
			return teep_fault(why, ERR_TEXT,
			    teep_label_name(texts[i].label),
			    offset(in, t) + at);
	}
	if (m->selected_version > UINT32_MAX)
		return teep_fault(why, ERR_RANGE, "selected-version", 0);
	if (m->err_code > UINT32_MAX)
		return teep_fault(why, ERR_RANGE, "err-code", 0);
	return OK;
}
