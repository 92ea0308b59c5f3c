/* question: written by one process, read by another. */
#include "question.h"

#include <string.h>

enum err
question_head(const struct verifier_ask *ask, size_t n, struct span room,
    struct bytes *out)
{
	struct cbor_out w = cbor_into(room);

	if (ask->n_audience > QUESTION_AUDIENCES_MAX)
		return ERR_ROOM;
	cbor_put_array(&w, 5);
	cbor_put_tstr(&w, ask->media);
	cbor_put_bstr(&w, ask->challenge);
	cbor_put_array(&w, ask->n_audience);
	for (size_t i = 0; i < ask->n_audience; i++)
		cbor_put_text(&w, ask->audience[i]);
	cbor_put_bstr(&w,
	    (struct bytes){ask->teep_kid, ask->teep_kid == NULL ? 0 : KID_LEN});
	cbor_put_bstr_head(&w, n);
	return cbor_done(&w, out);
}

enum err
question_read(struct bytes in, size_t evidence_max, struct question *q)
{
	struct cbor_in r = cbor_open(in);
	struct bytes kid;
	size_t n;

	memset(q, 0, sizeof(*q));
	cbor_array(&r, 5);
	q->ask.media = cbor_tstr(&r, 1, 255);
	q->ask.challenge = cbor_bstr(&r, 8, 64);
	n = cbor_array_any(&r, 0, QUESTION_AUDIENCES_MAX);
	for (size_t i = 0; i < n; i++) {
		struct bytes one = cbor_tstr(&r, KID_TEXT - 1, KID_TEXT - 1);

		if (one.n == KID_TEXT - 1)
			memcpy(q->audience[i], one.p, one.n);
	}
	q->ask.audience = (const char(*)[KID_TEXT])q->audience;
	q->ask.n_audience = n;
	kid = cbor_bstr(&r, 0, KID_LEN);
	q->ask.teep_kid = kid.n == KID_LEN ? kid.p : NULL;
	q->evidence = cbor_bstr(&r, 0, evidence_max);
	return cbor_close(&r);
}
