/*
 * cond_um: conditions about the state of the device: its clock, its battery,
 * whoever decides on it, and the versions of what it runs.      [SUIT UM]
 *
 * A device that cannot tell fails the condition; none of them holds by
 * default.                                                   [security 7]
 */
#include "suit_int.h"

/* Is it early enough?  Without a clock that somebody vouches for, never.
 *                                      [SUIT UM suit-condition-use-before] */
enum err
cond_use_before(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	uint64_t now;

	if (h->now == NULL)
		return ERR_CANNOT;
	TRY(h->now(h->ctx, &now));
	if (now < suit_param_uint(param_get(run, s, SUIT_PAR_USE_BEFORE)))
		return OK;
	record_uint_set(seen, SUIT_PAR_USE_BEFORE, now);
	return ERR_CONDITION;
}

/* Is so much energy left?         [SUIT UM suit-condition-minimum-battery] */
enum err
cond_battery(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	uint64_t mwh;

	if (h->battery == NULL)
		return ERR_CANNOT;
	TRY(h->battery(h->ctx, &mwh));
	if (mwh >= suit_param_uint(param_get(run, s, SUIT_PAR_BATTERY)))
		return OK;
	record_uint_set(seen, SUIT_PAR_BATTERY, mwh);
	return ERR_CONDITION;
}

/* Does whoever decides want it now?
 *                               [SUIT UM suit-condition-update-authorized] */
enum err
cond_authorized(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	struct cbor_in r = cbor_open(param_get(run, s, SUIT_PAR_PRIORITY));

	(void)seen;
	if (h->authorized == NULL)
		return ERR_CANNOT;
	return h->authorized(h->ctx, s->id, cbor_int(&r, INT64_MIN, INT64_MAX));
}

/* Is this version there?                   [SUIT UM suit-condition-version] */
enum err
cond_version(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	uint8_t room[SUIT_MEASURED_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes have, out;
	size_t mark;

	if (h->version == NULL)
		return ERR_CANNOT;
	TRY(h->version(h->ctx, s->id, &have));
	if (version_check(have) != OK)
		return ERR_CONDITION; /* and nothing to report */
	if (suit_version_holds(param_get(run, s, SUIT_PAR_VERSION), have))
		return OK;
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, VERSION_EQUAL);
	cbor_put_raw(&w, have);
	cbor_wrap_end(&w, mark);
	if (cbor_done(&w, &out) == OK)
		record_value_set(seen, SUIT_PAR_VERSION, out);
	return ERR_CONDITION;
}
