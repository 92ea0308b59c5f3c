/*
 * cond: the conditions.  Each looks at one component and changes nothing; the
 * parameters it needs are there, or it is not called.
 *
 * An error of class refused means: the condition does not hold.  Any other
 * means that nobody could tell, and ends the procedure.
 */
#include "suit_int.h"

/* Is this device the vendor's?     [SUIT suit-condition-vendor-identifier] */
enum err
cond_vendor(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;

	(void)seen;
	return h->vendor_is(h->ctx, s->id, s->par.vendor) ? OK : ERR_VENDOR;
}

/* Is it of this class?              [SUIT suit-condition-class-identifier] */
enum err
cond_class(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_host *h = run->host;

	(void)seen;
	return h->class_is(h->ctx, s->id, s->par.class_id) ? OK : ERR_CLASS;
}

/* Does the component hold what the manifest says?
 *                                        [SUIT suit-condition-image-match] */
enum err
cond_image_match(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct suit_params *par = &s->par;
	struct bytes got = BYTES_OF(s->digest);

	(void)run;
	if (bytes_same(got, par->digest) &&
	    ((par->has & PAR_SIZE) == 0 || s->size == par->size))
		return OK;
	/* The digest of what a network handed us would let a manifest's
	 * author read, hash by hash, what only this device can reach. */
	if (!s->foreign)
		record_digest_set(seen, got.p);
	return bytes_same(got, par->digest) ? ERR_IMAGE_SIZE : ERR_IMAGE_DIGEST;
}

/* Does it hold these very octets?  Same digest means same octets; and so the
 * time tells nothing of them.          [SUIT suit-condition-check-content] */
enum err
cond_check_content(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	const struct bytes *content = &s->par.content;
	uint8_t want[DIGEST_LEN];

	(void)seen;
	if (s->size != content->n)
		return ERR_CONDITION;
	TRY(run->crypto->sha256(content, 1, want));
	return bytes_same_ct(BYTES_OF(want), BYTES_OF(s->digest))
		   ? OK
		   : ERR_CONDITION;
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
