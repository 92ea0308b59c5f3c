/*
 * manifest: TEEP, and manifests: open one and run it.
 */
#include "image.h"

enum err
image_manifest(void)
{
	struct suit_ask ask;

	TRY(image_teep());
	TRY(suit_open(&port, &ring, input, &room.manifest, &why));
	TRY(suit_start(
	    &room.run, &port, &host, &room.manifest, SUIT_DO_UPDATE));
	while (suit_next(&room.run, &ask) == SUIT_WANT_FETCH)
		suit_give(&room.run, input, true);
	return room.run.why.err;
}
