/*
 * cond: the conditions.  Each looks at one component and changes nothing; the
 * parameters it needs are there, or it is not called.  Those about the state
 * of the device are in cond_um.c.
 *
 * An error of class refused means: the condition does not hold.  Any other
 * means that nobody could tell, and ends the procedure.
 */
#include "suit_int.h"

/* ---- who the device is ------------------------------------------------- */

/* Ask one of the host's three questions. */
static enum err
is_mine(const struct suit_run *run, const struct suit_slot *s,
    enum suit_parameter which,
    bool (*is)(void *ctx, struct bytes id, struct bytes value), enum err no,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	struct bytes id = s->id, own;
	uint8_t room[17];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	if (is == NULL)
		return ERR_CANNOT;
	if (is(h->ctx, id, param_get(run, s, which)))
		return OK;
	own = h->mine != NULL ? h->mine(h->ctx, which, id) : BYTES_NONE;
	if (own.n == 16) {
		cbor_put_bstr(&w, own);
		own = BYTES_OF(room);
	}
	if (own.n > 0)
		record_value_set(seen, which, own);
	return no;
}

/* Is this device the vendor's?     [SUIT suit-condition-vendor-identifier] */
enum err
cond_vendor(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	return is_mine(
	    run, s, SUIT_PAR_VENDOR, run->host->vendor_is, ERR_VENDOR, seen);
}

/* Is it of this class?              [SUIT suit-condition-class-identifier] */
enum err
cond_class(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	return is_mine(
	    run, s, SUIT_PAR_CLASS, run->host->class_is, ERR_CLASS, seen);
}

/* Is it this very one?             [SUIT suit-condition-device-identifier] */
enum err
cond_device(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	return is_mine(
	    run, s, SUIT_PAR_DEVICE, run->host->device_is, ERR_CONDITION, seen);
}

/* ---- what a component holds -------------------------------------------- */

/* Note the digest, unless it came from a network: the digest of what that
 * handed us would let a manifest's author read, hash by hash, what only this
 * device can reach. */
static void
see_content(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;

	if (!s->foreign && (h->secret == NULL || !h->secret(h->ctx, s->id)))
		record_digest_set(seen, s->digest);
}

/* Does the component hold what the manifest says?
 *                                        [SUIT suit-condition-image-match] */
enum err
cond_image_match(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	struct bytes want = param_get(run, s, SUIT_PAR_IMAGE_DIGEST);
	bool same = bytes_same(BYTES_OF(s->digest), want);
	uint64_t size = param_size(run, s);

	if (same && (size == UINT64_MAX || s->size == size))
		return OK;
	see_content(run, s, seen);
	return same ? ERR_IMAGE_SIZE : ERR_IMAGE_DIGEST;
}

/* Does it hold anything else, or nothing?
 *                                 [SUIT UM suit-condition-image-not-match] */
enum err
cond_image_not_match(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	if (!s->known)
		return OK;
	if (cond_image_match(run, s, seen) != OK) {
		seen->measured = 0;
		return OK;
	}
	see_content(run, s, seen);
	return ERR_CONDITION;
}

/* Does it hold these very octets?  Same digest means same octets; and so the
 * time tells nothing of them.          [SUIT suit-condition-check-content] */
enum err
cond_check_content(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	struct bytes content = param_get(run, s, SUIT_PAR_CONTENT);
	uint8_t want[DIGEST_LEN];

	(void)seen;
	if (s->size != content.n)
		return ERR_CONDITION;
	TRY(run->crypto->sha256(&content, 1, want));
	return bytes_same_ct(BYTES_OF(want), BYTES_OF(s->digest))
		   ? OK
		   : ERR_CONDITION;
}

/* Is it in this slot?                 [SUIT suit-condition-component-slot] */
enum err
cond_slot(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;
	uint64_t slot;

	if (h->slot == NULL)
		return ERR_CANNOT;
	TRY(h->slot(h->ctx, s->id, &slot));
	if (slot == suit_param_uint(param_get(run, s, SUIT_PAR_SLOT)))
		return OK;
	record_uint_set(seen, SUIT_PAR_SLOT, slot);
	return ERR_CONDITION;
}

/* Never holds.                                [SUIT suit-condition-abort] */
enum err
cond_abort(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	(void)run;
	(void)s;
	(void)seen;
	return ERR_CONDITION;
}
