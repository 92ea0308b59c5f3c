/*
 * custom: commands and parameters of the device's own, below SUIT_CUSTOM: the
 * host's rows stand for those of rows.h.      [SUIT suit-command-custom]
 *
 * An envelope is opened before any host is known; so these are looked at when
 * a procedure starts, all of them, before anything runs.
 */
#include "suit_int.h"

static const struct suit_custom *
row_of(const struct suit_host *host, int64_t code)
{
	for (size_t i = 0; i < host->n_custom; i++)
		if (host->custom[i].code == code)
			return &host->custom[i];
	return NULL;
}

/* A parameter that no command of the host needs is unknown. */
static const struct suit_param *
param(const struct suit_host *host, int64_t label, struct suit_param *room)
{
	*room = (struct suit_param){.label = (int16_t)label, .max = PARAM_ANY};
	if (host == NULL) {
		room->type = CBOR_ANY;
		return room;
	}
	for (size_t i = 0; i < host->n_custom; i++)
		if (host->custom[i].parameter == label) {
			room->type = host->custom[i].type;
			return room;
		}
	return NULL;
}

/* nil, an integer or a string */
static void
argument(struct cbor_in *r, enum cbor_type type)
{
	switch (type) {
	case CBOR_SIMPLE:
		cbor_null(r);
		return;
	case CBOR_UINT:
	case CBOR_NINT:
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
		return;
	case CBOR_BSTR:
		(void)cbor_bstr(r, 0, LEN_ANY);
		return;
	case CBOR_TSTR:
		(void)cbor_tstr(r, 0, LEN_ANY);
		return;
	default:
		cbor_fail(r, ERR_TYPE);
		return;
	}
}

static enum err
check(const struct suit_host *host, int64_t code, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	const struct suit_custom *row;

	if (host == NULL) {
		argument(&r, cbor_peek(&r));
		return cbor_close(&r);
	}
	row = row_of(host, code);
	if (row == NULL)
		return ERR_COMMAND;
	argument(&r, (enum cbor_type)row->arg);
	return cbor_close(&r);
}

static enum err
run_own(
    struct suit_run *run, struct suit_slot *s, int64_t code, struct bytes arg)
{
	const struct suit_host *h = run->host;
	const struct suit_custom *row = row_of(h, code);
	struct bytes id = s->id, value = BYTES_NONE;

	if (row == NULL)
		return ERR_COMMAND;
	if (row->parameter != 0) {
		value = param_get(run, s, row->parameter);
		if (value.p == NULL)
			return ERR_NEEDS;
	}
	if (!row->is_condition)
		TRY(h->may(h->ctx, part_now(run)->m, SUIT_CMD_CUSTOM, id));
	return row->act(h->ctx, id, arg, value);
}

static bool
is_condition(const struct suit_host *host, int64_t code)
{
	const struct suit_custom *row = row_of(host, code);

	return row != NULL && row->is_condition;
}

const struct suit_own suit_own = {param, check, run_own, is_condition};
