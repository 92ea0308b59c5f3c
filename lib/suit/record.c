/*
 * record: what one command met, and the log that a run keeps of it.
 *                                                  [SUIT Report SUIT_Record]
 *
 * A device appends and never looks back: records are kept as they will stand
 * in the report.
 */
#include "suit_int.h"

#include <string.h>

void
record_value_set(
    struct suit_record *r, enum suit_parameter label, struct bytes encoded)
{
	if (encoded.n == 0 || encoded.n > sizeof(r->value))
		return;
	memcpy(r->value, encoded.p, encoded.n);
	r->n_value = (uint8_t)encoded.n;
	r->measured = (uint8_t)label;
}

void
record_uint_set(struct suit_record *r, enum suit_parameter label, uint64_t v)
{
	struct cbor_out w = cbor_into(SPAN_OF(r->value));

	cbor_put_uint(&w, v);
	r->n_value = (uint8_t)w.at;
	r->measured = (uint8_t)label;
}

/* bstr .cbor [-16, bstr .size 32] but for its digest */
static const uint8_t digest_head[] = {0x58, 0x24, 0x82, 0x2f, 0x58, 0x20};

void
record_digest_set(struct suit_record *r, const uint8_t sha256[DIGEST_LEN])
{
	memcpy(r->value, digest_head, sizeof(digest_head));
	memcpy(r->value + sizeof(digest_head), sha256, DIGEST_LEN);
	r->n_value = sizeof(digest_head) + DIGEST_LEN;
	r->measured = SUIT_PAR_IMAGE_DIGEST;
}

struct bytes
record_digest(const struct suit_record *r)
{
	if (r->measured != SUIT_PAR_IMAGE_DIGEST || r->n_value < DIGEST_LEN)
		return BYTES_NONE;
	return (struct bytes){r->value + r->n_value - DIGEST_LEN, DIGEST_LEN};
}

/* [manifest-id, section, offset, component, properties] */
void
record_put(struct cbor_out *w, const struct suit_record *r)
{
	cbor_put_array(w, 5);
	cbor_put_array(w, r->n_path);
	for (size_t i = 0; i < r->n_path; i++)
		cbor_put_uint(w, r->path[i]);
	cbor_put_uint(w, r->section);
	cbor_put_uint(w, r->offset);
	cbor_put_uint(w, r->component);
	cbor_put_map(w, r->measured != 0);
	if (r->measured == 0)
		return;
	cbor_put_uint(w, r->measured);
	cbor_put_raw(w, (struct bytes){r->value, r->n_value});
}

enum err
record_log(struct suit_run *run, const struct suit_record *r)
{
	struct cbor_out w = cbor_into((struct span){
	    run->log + run->log_n, sizeof(run->log) - run->log_n});

	record_put(&w, r);
	if (w.err != OK)
		return w.err;
	run->log_n = (uint16_t)(run->log_n + w.at);
	run->n_records++;
	return OK;
}
