/* sequence: rollback protection.                [SUIT
 * suit-manifest-sequence-number] */
#include "suit_int.h"

enum err
suit_sequence_ok(bool none, uint64_t seen,
    const uint8_t seen_digest[DIGEST_LEN], uint64_t next,
    const uint8_t next_digest[DIGEST_LEN])
{
	if (none)
		seen = 0;
	if (next < seen)
		return ERR_ROLLBACK;
	/* Applied again is fine; another manifest under the same number is
	 * two truths. */
	if (!none && next == seen)
		return bytes_same((struct bytes){seen_digest, DIGEST_LEN},
			   (struct bytes){next_digest, DIGEST_LEN})
			   ? OK
			   : ERR_SEQUENCE_CLASH;
	/* A stolen key could else use the numbers up for ever, and first of
	 * all those of what was never installed. */
	if (next - seen > UINT64_C(1) << 32)
		return ERR_SEQUENCE_JUMP;
	return OK;
}
