/*
 * params: reading parameters, keeping them, and the directives that set them.
 *             [SUIT SUIT_Parameters, suit-directive-override-parameters]
 *
 * Which parameters there are is for the profile to say (rows.h).  One that
 * was set is a view of its value in the manifest, in run->value[]: few are
 * set at once, and a table of all parameters of all components would be ten
 * times as large.
 */
#include "suit_int.h"

/* ---- reading ----------------------------------------------------------- */

const struct suit_param *
suit_param(int64_t label)
{
	for (size_t i = 0; i < suit_profile.n_params; i++)
		if (suit_profile.param[i].label == label)
			return &suit_profile.param[i];
	return NULL;
}

/* Read a value by its row, and narrow it to what is kept. */
static enum err
value_read(struct cbor_in *r, const struct suit_param *row, struct bytes *out)
{
	size_t max = row->max == PARAM_ANY ? LEN_ANY : row->max;
	size_t start = r->at;

	*out = BYTES_NONE;
	switch ((enum cbor_type)row->type) {
	case CBOR_BSTR:
		*out = cbor_bstr(r, row->min, max);
		break;
	case CBOR_TSTR:
		*out = cbor_tstr(r, row->min, max);
		break;
	case CBOR_UINT:
		(void)cbor_uint(
		    r, row->min, row->max == PARAM_ANY ? UINT64_MAX : max);
		break;
	case CBOR_NINT:
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
		break;
	case CBOR_SIMPLE:
		(void)cbor_bool(r);
		break;
	default:
		(void)cbor_raw(r, CBOR_ANY);
		break;
	}
	if (out->p == NULL)
		*out = (struct bytes){r->in.p + start, r->at - start};
	if (r->err == OK && row->narrow != NULL)
		return row->narrow(out);
	return OK;
}

struct params_in
params_open(struct bytes map)
{
	struct params_in p = {.r = cbor_open(map)};

	p.left = cbor_map_any(&p.r, 0, CBOR_PAIRS_MAX);
	return p;
}

enum err
params_next(struct params_in *p, const struct suit_host *host)
{
	size_t start = p->r.at;

	p->left--;
	p->row = NULL;
	p->label = 0; /* nobody's */
	if (cbor_peek(&p->r) == CBOR_TSTR)
		(void)cbor_raw(&p->r, CBOR_TSTR);
	else
		p->label = cbor_int(&p->r, INT64_MIN, INT64_MAX);
	p->code = (struct bytes){p->r.in.p + start, p->r.at - start};
	if (p->r.err != OK)
		return p->r.err;
	p->row = suit_param(p->label);
	if (p->row == NULL && p->label < SUIT_CUSTOM &&
	    suit_profile.own != NULL)
		p->row = suit_profile.own->param_row(host, p->label, &p->own);
	if (p->row == NULL)
		return ERR_PARAMETER;
	start = p->r.at;
	p->value = (struct bytes){p->r.in.p + start, 0};
	TRY(value_read(&p->r, p->row, &p->value));
	return p->r.err;
}

struct bytes
suit_param_in(struct bytes map, int64_t label)
{
	struct params_in p = params_open(map);

	while (p.left > 0 && params_next(&p, NULL) == OK)
		if (p.label == label)
			return p.value;
	return BYTES_NONE;
}

uint64_t
suit_param_uint(struct bytes value)
{
	struct cbor_in r = cbor_open(value);

	return cbor_uint(&r, 0, UINT64_MAX);
}

/* ---- checks of rows ---------------------------------------------------- */

/* A UUID's 16 octets, or a private enterprise number with its tag. */
enum err
param_vendor(struct bytes *value)
{
	struct cbor_in r = cbor_open(*value);

	if (cbor_tag_if(&r, TAG_PEN))
		(void)cbor_bstr(&r, 1, PEN_MAX);
	else
		*value = cbor_bstr(&r, 16, 16);
	return cbor_close(&r);
}

enum err
param_digest(struct bytes *value)
{
	return suit_digest_read(*value, value);
}

/* ---- keeping ----------------------------------------------------------- */

static struct suit_value *
find(const struct suit_run *run, const struct suit_slot *s, int64_t label)
{
	const struct suit_value *v = run->value;

	for (const struct suit_value *end = v + run->n_values; v < end; v++)
		if (v->label == label && &run->slot[v->slot] == s)
			return (struct suit_value *)(uintptr_t)v;
	return NULL;
}

struct bytes
param_get(const struct suit_run *run, const struct suit_slot *s, int64_t label)
{
	const struct suit_value *v = find(run, s, label);

	return v != NULL ? v->is : BYTES_NONE;
}

uint64_t
param_size(const struct suit_run *run, const struct suit_slot *s)
{
	struct bytes size = param_get(run, s, SUIT_PAR_IMAGE_SIZE);

	return size.p != NULL ? suit_param_uint(size) : UINT64_MAX;
}

bool
params_have(
    const struct suit_run *run, const struct suit_slot *s, uint32_t labels)
{
	for (size_t n = 0; n < run->n_values && labels != 0; n++)
		if (&run->slot[run->value[n].slot] == s &&
		    run->value[n].label >= 0)
			labels &= ~(UINT32_C(1) << run->value[n].label);
	return labels == 0;
}

enum err
param_put(struct suit_run *run, const struct suit_slot *s, int64_t label,
    struct bytes is, bool override)
{
	struct suit_value *v = find(run, s, label);

	if (v != NULL && !override)
		return OK;
	if (v == NULL) {
		if (run->n_values == SUIT_VALUES_MAX)
			return ERR_LIMIT;
		v = &run->value[run->n_values++];
	}
	*v = (struct suit_value){is, (int16_t)label, (uint8_t)(s - run->slot)};
	return OK;
}

/* ---- directives -------------------------------------------------------- */

/* What belongs to a sequence, or to the processor, and to no component. */
static void
scope_set(struct suit_run *run, int64_t label, struct bytes value)
{
	struct cbor_in r = cbor_open(value);
	bool is = cbor_bool(&r);

	if (label == SUIT_PAR_SOFT_FAILURE) {
		frame_top(run)->soft = is;
		return;
	}
	run->loose = !is;
	conflict_forget(run);
}

enum err
params_set(struct suit_run *run, struct bytes map, bool override)
{
	struct params_in p = params_open(map);

	while (p.left > 0) {
		TRY(params_next(&p, run->host));
		if (p.row->type == CBOR_SIMPLE && p.label >= 0) {
			scope_set(run, p.label, p.value);
			continue;
		}
		/* an index means something in this manifest only */
		if (p.label == SUIT_PAR_SOURCE)
			p.value =
			    slot_at(run, (uint8_t)suit_param_uint(p.value))->id;
		for (uint8_t n = 0; n < run->select.n; n++)
			TRY(param_put(run,
			    slot_at(run, suit_selected(&run->select, n)),
			    p.label, p.value, override));
	}
	return OK;
}

enum err
flow_set_parameters(struct suit_run *run, struct bytes arg)
{
	return params_set(run, arg, false);
}

enum err
flow_override(struct suit_run *run, struct bytes arg)
{
	return params_set(run, arg, true);
}
