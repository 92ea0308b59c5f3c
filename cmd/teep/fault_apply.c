/*
 * fault_apply: faults that take more than one edit to make.
 */
#include "fault.h"

#include <string.h>

static struct bytes
join(struct build *b, struct bytes x, struct bytes y)
{
	struct span room = build_room(b, x.n + y.n);

	if (room.p == NULL)
		return BYTES_NONE;
	if (x.n > 0)
		memcpy(room.p, x.p, x.n);
	if (y.n > 0)
		memcpy(room.p + x.n, y.p, y.n);
	return (struct bytes){room.p, x.n + y.n};
}

/* The main map gets one pair more. */
static void
more(struct build *b, const struct fault_place *at, struct bytes *x,
    struct bytes pair)
{
	*x = edit(b, *x, EDIT_APPEND, at->map, 0, pair);
}

static void
set(struct build *b, struct bytes *x, const char *path, struct bytes value)
{
	*x = edit(b, *x, EDIT_SET, path, 0, value);
}

/* The path of an option of a message, by its label in draft -26. */
static const char *
option(struct build *b, unsigned label)
{
	struct span room = build_room(b, 16);

	if (room.p == NULL)
		return "1";
	(void)snprintf(
	    (char *)room.p, room.n, "1/%u", dialect_label(b->dialect, label));
	return (const char *)room.p;
}

/* An unassigned key; its value follows. */
#define KEY_900 "\x19\x03\x84"

/* ---- encoding -------------------------------------------------------------
 */

FAULT_OCTETS(fault_twice)
{
	const struct fault_place *at = ctx;
	struct cbor_in r = cbor_open(edit_find(*x, at->map));
	size_t n = cbor_map_any(&r, 0, LEN_ANY);
	struct bytes pair = BYTES_LIT(KEY_900 "\x00");

	if (n == 0) {
		more(b, at, x, pair);
	} else {
		pair.p = r.in.p + r.at;
		(void)cbor_raw(&r, CBOR_ANY);
		(void)cbor_raw(&r, CBOR_ANY);
		pair.n = (size_t)(r.in.p + r.at - pair.p);
	}
	build_fail(b, r.err);
	more(b, at, x, pair);
}

FAULT_OCTETS(fault_reverse)
{
	const struct fault_place *at = ctx;

	struct cbor_in r = cbor_open(edit_find(*x, at->map));

	/* with a pair more there is an order in any map */
	if (cbor_map_any(&r, 0, LEN_ANY) < 2) {
		more(b, at, x, BYTES_LIT(KEY_900 "\x00"));
		more(b, at, x, BYTES_LIT("\x19\x03\x85\x00"));
	}
	*x = edit(b, *x, EDIT_REVERSE, at->map, 0, BYTES_NONE);
}

FAULT_OCTETS(fault_indefinite)
{
	const struct fault_place *at = ctx;

	*x = edit(b, *x, EDIT_INDEF, at->map, 0, BYTES_NONE);
}

FAULT_OCTETS(fault_long_head)
{
	const struct fault_place *at = ctx;

	*x = edit(b, *x, EDIT_LOOSE, at->map, 0, BYTES_NONE);
}

FAULT_OCTETS(fault_lies)
{
	const struct fault_place *at = ctx;

	*x = edit(b, *x, EDIT_LIES, at->map, 1, BYTES_NONE);
}

FAULT_OCTETS(fault_truncated)
{
	(void)b;
	(void)ctx;
	x->n -= x->n > 0;
}

/* Put a value where it will be looked at, but not for what it says: under a
 * key that is not assigned, or as the URI of a manifest, which lets no such
 * key stand. */
static void
unread(struct build *b, const struct fault_place *at, struct bytes *x,
    struct bytes value)
{
	char path[16];

	if (at->made == MADE_MANIFEST)
		(void)snprintf(path, sizeof(path), "4");
	else
		(void)snprintf(path, sizeof(path), "%s%s900", at->map,
		    at->map[0] != 0 ? "/" : "");
	set(b, x, path, value);
}

FAULT_OCTETS(fault_deep)
{
	static const char value[] = "\x81\x81\x81\x81\x81\x81\x81\x81"
				    "\x81\x81\x81\x81\x81\x81\x81\x81"
				    "\x81\x81\x81\x81\x81\x81\x81\x81"
				    "\x81\x81\x81\x81\x81\x81\x81\x80";

	unread(b, ctx, x, BYTES_LIT(value));
}

FAULT_OCTETS(fault_utf8)
{
	unread(b, ctx, x, BYTES_LIT("\x62\xc3\x28"));
}

FAULT_OCTETS(fault_reserved)
{
	unread(b, ctx, x, BYTES_LIT("\x1c"));
}

FAULT_OCTETS(fault_unknown)
{
	unread(b, ctx, x, BYTES_LIT("\xf5"));
}

FAULT_OCTETS(fault_oversize)
{
	static const uint8_t head[] = {
	    0x19, 0x03, 0x84, 0x5a, 0x00, 0x10, 0x00, 0x00};
	struct span room = build_room(b, sizeof(head) + (1u << 20));

	if (room.p == NULL)
		return;
	memset(room.p, 0, room.n);
	memcpy(room.p, head, sizeof(head));
	more(b, ctx, x, (struct bytes){room.p, room.n});
}

/* ---- members, options, claims ---------------------------------------------
 */

static bool
is_message(const struct fault_place *at)
{
	return (at->made & MADE_MESSAGES) != 0;
}

FAULT_OCTETS(fault_float)
{
	const struct fault_place *at = ctx;

	/* 1.0, whatever the number was */
	set(b, x,
	    is_message(at)              ? "0"
	    : at->made == MADE_MANIFEST ? "2"
					: "6",
	    BYTES_LIT("\xf9\x3c\x00"));
}

FAULT_OCTETS(fault_text)
{
	const struct fault_place *at = ctx;

	set(b, x,
	    is_message(at)              ? option(b, 19)
	    : at->made == MADE_MANIFEST ? "3"
					: "10",
	    BYTES_LIT("\x68"
		      "8 octets"));
}

FAULT_OCTETS(fault_missing)
{
	const struct fault_place *at = ctx;
	static const uint8_t of_error[] = {1, 3, 4, 20};
	const char *path = at->made == MADE_QUERY_REQUEST ? option(b, 19)
			   : at->made == MADE_MANIFEST    ? "3"
							  : "8";

	for (size_t i = 0; i < ARRAY_LEN(of_error); i++)
		if (at->made == MADE_ERROR &&
		    edit_find(*x, option(b, of_error[i])).n > 0)
			path = option(b, of_error[i]);
	*x = edit(b, *x, EDIT_DROP, path, 0, BYTES_NONE);
}

/* Labels and types before -26: from 5 on, one more.        [TEEP 6, 14.3] */
static void
legacy_labels(struct build *b, struct bytes *x)
{
	for (unsigned label = 22; label >= 5; label--) {
		char path[8];

		(void)snprintf(path, sizeof(path), "1/%u", label);
		if (edit_find(*x, path).n > 0)
			*x = edit(b, *x, EDIT_RENAME, path, 0,
			    build_uint(b, label + 1));
	}
}

FAULT_OCTETS(fault_legacy_labels)
{
	(void)ctx;
	legacy_labels(b, x);
}

FAULT_OCTETS(fault_legacy_type)
{
	const struct fault_place *at = ctx;

	set(b, x, "0", build_uint(b, at->made == MADE_SUCCESS ? 5 : 6));
}

/* Algorithms nobody has, in a profile of the dialect's shape. */
FAULT_OCTETS(fault_profiles)
{
	(void)ctx;
	if (b->dialect != NULL && b->dialect->profiles == DIALECT_TWO)
		set(b, x, "3", BYTES_LIT("\x81\x82\x38\x62\x38\x62"));
	else
		set(b, x, "3",
		    BYTES_LIT("\x81\x84\x38\x62\x38\x62\x38\x62\x38\x62"));
}

FAULT_OCTETS(fault_random_token)
{
	(void)ctx;
	set(b, x, option(b, 19), build_bstr(b, build_random(b, 16)));
}

/* Where a message has its text. */
static const char *
text_path(struct build *b, const struct fault_place *at)
{
	return option(b, at->made == MADE_SUCCESS ? 10 : 11);
}

FAULT_OCTETS(fault_long_text)
{
	char text[130];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	set(b, x, text_path(b, ctx), build_text(b, text));
}

FAULT_OCTETS(fault_control)
{
	set(b, x, text_path(b, ctx), build_text(b, "\x1b[2J"));
}

FAULT_OCTETS(fault_format)
{
	(void)ctx;
	set(b, x, option(b, 12), build_text(b, "application/eat+cwt"));
	if (edit_find(*x, option(b, 6)).n > 0)
		*x = edit(b, *x, EDIT_DROP, option(b, 6), 0, BYTES_NONE);
}

/* {3: 32 random octets} */
FAULT_OCTETS(fault_cnf)
{
	struct bytes kid = build_bstr(b, build_random(b, KID_LEN));

	(void)ctx;
	set(b, x, "8", join(b, BYTES_LIT("\xa1\x03"), kid));
}

FAULT_OCTETS(fault_aud)
{
	struct bytes kid = build_random(b, KID_LEN);
	char text[KID_TEXT];

	(void)ctx;
	if (b->err != OK)
		return;
	kid_text(kid.p, text);
	set(b, x, "3", build_text(b, text));
}

FAULT_OCTETS(fault_report_key)
{
	struct bytes key = edit_find(*x, "8/1");

	(void)ctx;
	if (key.n == 0)
		build_fail(b, ERR_NOT_FOUND);
	set(b, x, "-80001", build_copy(b, key));
}
