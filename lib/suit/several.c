/*
 * several: directives about parameters of several components.   [SUIT UM
 * suit-directive-override-multiple, suit-directive-copy-params] */
#include "suit_int.h"

/* ---- override-multiple: { + index => { + parameter } } ------------------ */

static enum err
override_check(struct scan *s, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_map_any(&r, 1, scan_components(s));

	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes map;

		(void)cbor_uint(&r, 0, scan_components(s) - 1);
		map = cbor_raw(&r, CBOR_MAP);
		if (r.err == OK)
			TRY(scan_params(s, map));
	}
	return scan_close(s, &r, "override-multiple");
}

/* As set-component-index and override-parameters for each, in the order in
 * which they stand there; the last stays selected. */
static enum err
override_several(struct suit_run *run, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_map_any(&r, 1, SUIT_COMPONENTS_MAX);

	TRY(select_allowed(run));
	for (size_t i = 0; i < n; i++) {
		uint8_t index =
		    (uint8_t)cbor_uint(&r, 0, SUIT_COMPONENTS_MAX - 1);
		struct bytes map = cbor_raw(&r, CBOR_MAP);

		run->select = (struct suit_select){.first = index, .n = 1};
		TRY(params_set(run, map, true));
	}
	return OK;
}

const struct suit_wide several_override = {override_check, override_several};

/* ---- copy-params: { + source index => [ + label ] } --------------------- */

/* Only what belongs to a component can be copied from one. */
static void
label_check(struct cbor_in *r)
{
	int64_t label = cbor_int(r, INT16_MIN, INT16_MAX);
	const struct suit_param *row = suit_param(label);

	if (r->err != OK)
		return;
	if (row == NULL && (label >= SUIT_CUSTOM || suit_profile.own == NULL))
		cbor_fail(r, ERR_PARAMETER);
	if (row != NULL && row->type == CBOR_SIMPLE)
		cbor_fail(r, ERR_PLACE);
}

static enum err
copy_check(struct scan *s, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_map_any(&r, 1, scan_components(s));

	for (size_t i = 0; i < n && r.err == OK; i++) {
		size_t labels;

		(void)cbor_uint(&r, 0, scan_components(s) - 1);
		labels = cbor_array_any(&r, 1, CBOR_PAIRS_MAX);
		for (size_t k = 0; k < labels && r.err == OK; k++)
			label_check(&r);
	}
	return scan_close(s, &r, "copy-params");
}

/* One that the source lacks is a mistake of the author's. */
static enum err
copy_one(struct suit_run *run, const struct suit_slot *from, int64_t label)
{
	struct bytes is = param_get(run, from, label);

	if (is.p == NULL)
		return ERR_NEEDS;
	for (uint8_t n = 0; n < run->select.n; n++)
		TRY(param_put(run, slot_at(run, suit_selected(&run->select, n)),
		    label, is, true));
	return OK;
}

static enum err
copy_several(struct suit_run *run, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_map_any(&r, 1, SUIT_COMPONENTS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct suit_slot *from = slot_at(
		    run, (uint8_t)cbor_uint(&r, 0, SUIT_COMPONENTS_MAX - 1));
		size_t labels = cbor_array_any(&r, 1, CBOR_PAIRS_MAX);

		for (size_t k = 0; k < labels; k++)
			TRY(copy_one(
			    run, from, cbor_int(&r, INT16_MIN, INT16_MAX)));
	}
	return OK;
}

const struct suit_wide several_copy = {copy_check, copy_several};
