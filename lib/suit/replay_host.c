/*
 * replay_host: the device of a replay, which lets everything happen.
 *
 * Manifests that the one replayed depends on are run as on a device.  Their
 * envelopes are found in that of their dependent, or on a shelf; nobody has to
 * have signed them, for their digests are in what is replayed.
 */
#include "replay_int.h"

/* A device that lets everything happen. */
static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)m;
	(void)cmd;
	(void)id;
	return OK;
}

/* ...and whoever else. */
static enum err
admit(void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	(void)ctx;
	(void)m;
	(void)of;
	return OK;
}

/* An integrated payload that is the envelope of this digest. */
static bool
integrated(const struct suit_replay *r, struct bytes uri, struct bytes digest,
    struct bytes *out)
{
	uint8_t sha256[DIGEST_LEN];

	for (uint8_t k = 0; k < r->run.n_parts; k++) {
		const struct suit_manifest *m = r->run.part[k].m;

		if (m == NULL) /* the one that is being opened */
			continue;
		*out = suit_payload(m, uri);
		if (out->p != NULL &&
		    suit_manifest_hash(r->run.crypto, *out, sha256) == OK &&
		    bytes_same(BYTES_OF(sha256), digest))
			return true;
	}
	return false;
}

static enum err
on_shelf(struct suit_replay *r, struct bytes digest, struct bytes *out)
{
	for (size_t i = 0; i < r->n_found; i++) {
		*out = r->found[i].envelope;
		if (bytes_same(r->found[i].digest, digest))
			return OK;
	}
	if (r->shelf == NULL || r->n_found == ARRAY_LEN(r->found))
		return ERR_NOT_FOUND;
	TRY(r->shelf->envelope(r->shelf->ctx, digest.p, out));
	r->found[r->n_found++] = (struct suit_found){digest, *out};
	return OK;
}

/* What the device must have held there, if what its manifest says held. */
static enum err
view(void *ctx, struct bytes id, struct bytes *out)
{
	struct suit_replay *r = ctx;
	const struct suit_slot *s = suit_slot_of(&r->run, id);
	struct bytes uri = param_get(&r->run, s, SUIT_PAR_URI);
	struct bytes digest = param_get(&r->run, s, SUIT_PAR_IMAGE_DIGEST);

	if (integrated(r, uri, digest, out))
		return OK;
	r->lost = on_shelf(r, digest, out);
	return r->lost;
}

/* Whatever reading of the drafts it has. */
void
replay_host(struct suit_replay *r)
{
	r->depending = (struct suit_depending_host){
	    .room = r->room,
	    .n = ARRAY_LEN(r->room),
	    .view = view,
	    .admit = admit,
	};
	r->host = (struct suit_host){
	    .ctx = r,
	    .may = may,
	    .depending = &r->depending,
	    /* of every lax reading, and of no demand */
	    .compat = SUIT_COMPAT_ALL,
	};
}
