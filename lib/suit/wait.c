/*
 * wait: until all events of wait-info hold.    [SUIT UM suit-directive-wait]
 *
 * The processor suspends in memory; suit_next asks the host again.  How often
 * and for how long is the caller's affair: this room has no clock.
 */
#include "suit_int.h"

/* The types of the events' values. */
static void
value_check(struct cbor_in *r, uint64_t event)
{
	size_t n;

	switch ((enum suit_event)event) {
	case SUIT_EVENT_AUTHORIZATION:
	case SUIT_EVENT_POWER:
	case SUIT_EVENT_NETWORK:
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
		return;
	case SUIT_EVENT_OTHER_DEVICE:
		cbor_array(r, 2);
		(void)cbor_bstr(r, 1, UINT8_MAX);
		n = cbor_array_any(r, 1, CBOR_PAIRS_MAX);
		for (size_t i = 0; i < n && r->err == OK; i++)
			version_match_check(r);
		return;
	case SUIT_EVENT_TIME:
		(void)cbor_uint(r, 0, UINT64_MAX);
		return;
	case SUIT_EVENT_TIME_OF_DAY:
	case SUIT_EVENT_TIME_OF_DAY_UTC:
		(void)cbor_uint(r, 0, 86399);
		return;
	case SUIT_EVENT_DAY_OF_WEEK:
	case SUIT_EVENT_DAY_OF_WEEK_UTC:
		(void)cbor_uint(r, 0, 6);
		return;
	}
}

enum err
param_wait(struct bytes *value)
{
	struct cbor_in r = cbor_open(*value);
	size_t n;

	(void)cbor_raw(&r, CBOR_MAP); /* no key twice */
	TRY(cbor_close(&r));
	r = cbor_open(*value);
	n = cbor_map_any(&r, 1, SUIT_EVENT_DAY_OF_WEEK_UTC);
	for (size_t i = 0; i < n && r.err == OK; i++)
		value_check(&r, cbor_uint(&r, SUIT_EVENT_AUTHORIZATION,
				    SUIT_EVENT_DAY_OF_WEEK_UTC));
	return cbor_close(&r);
}

enum err
dir_wait(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;
	struct bytes events = param_get(run, s, SUIT_PAR_WAIT_INFO);
	struct cbor_in r = cbor_open(events);
	size_t n = cbor_map_any(&r, 1, SUIT_EVENT_DAY_OF_WEEK_UTC);
	bool all = true;

	if (h->event == NULL)
		return ERR_CANNOT;
	for (size_t k = 0; k < n; k++) {
		enum suit_event event =
		    (enum suit_event)cbor_uint(&r, 0, UINT8_MAX);
		struct bytes value = cbor_raw(&r, CBOR_ANY);
		bool holds = false;

		/* All are asked, so that one that can never be told is found
		 * at once. */
		TRY(h->event(h->ctx, event, value, &holds));
		all &= holds;
	}
	run->target = (uint8_t)(s - run->slot);
	run->state = all ? SUIT_RUNNING : SUIT_WANT_EVENT;
	return OK;
}
