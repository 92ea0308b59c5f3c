/*
 * build: memory, octets and changes of what is composed.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	size_t n;
	uint8_t octets[];
};

struct build
build_new(const struct crypto *c)
{
	return (struct build){.crypto = c, .err = OK};
}

void
build_free(struct build *b)
{
	struct block *k = b->blocks, *next;

	for (; k != NULL; k = next) {
		next = k->next;
		free(k);
	}
	*b = (struct build){
	    .crypto = b->crypto, .dialect = b->dialect, .err = OK};
}

void
build_change(struct build *b, const struct change *c)
{
	if (b->n_changes == BUILD_CHANGES_MAX)
		build_fail(b, ERR_ROOM);
	else
		b->change[b->n_changes++] = c;
}

void
build_right(struct build *b)
{
	b->n_changes = 0;
}

void
build_fail(struct build *b, enum err e)
{
	if (b->err == OK)
		b->err = e;
}

/* ---- octets ------------------------------------------------------------- */

struct span
build_room(struct build *b, size_t n)
{
	struct block *k;

	if (b->err != OK || n > INPUT_MAX) {
		build_fail(b, ERR_TOO_LONG);
		return (struct span){NULL, 0};
	}
	k = malloc(sizeof(*k) + n);
	if (k == NULL) {
		build_fail(b, ERR_MEMORY);
		return (struct span){NULL, 0};
	}
	k->next = b->blocks;
	k->n = n;
	b->blocks = k;
	return (struct span){k->octets, n};
}

struct bytes
build_copy(struct build *b, struct bytes in)
{
	struct span room = build_room(b, in.n);

	if (room.p == NULL)
		return BYTES_NONE;
	if (in.n > 0)
		memcpy(room.p, in.p, in.n);
	return (struct bytes){room.p, in.n};
}

struct bytes
build_random(struct build *b, size_t n)
{
	struct span room = build_room(b, n);

	if (room.p == NULL)
		return BYTES_NONE;
	build_fail(b, b->crypto->random(room));
	return (struct bytes){room.p, room.n};
}

struct bytes
build_done(struct build *b, struct cbor_out *w)
{
	struct bytes out;
	enum err e;

	if (b->err != OK)
		return BYTES_NONE;
	e = cbor_done(w, &out);
	build_fail(b, e);
	return out;
}

struct bytes
build_uint(struct build *b, uint64_t v)
{
	struct span room = build_room(b, 9);
	struct cbor_out w = cbor_into(room);

	cbor_put_uint(&w, v);
	return build_done(b, &w);
}

struct bytes
build_int(struct build *b, int64_t v)
{
	struct cbor_out w = cbor_into(build_room(b, 9));

	cbor_put_int(&w, v);
	return build_done(b, &w);
}

struct bytes
build_bstr(struct build *b, struct bytes v)
{
	struct cbor_out w = cbor_into(build_room(b, v.n + 9));

	cbor_put_bstr(&w, v);
	return build_done(b, &w);
}

struct bytes
build_text(struct build *b, const char *v)
{
	struct cbor_out w = cbor_into(build_room(b, strlen(v) + 9));

	cbor_put_text(&w, v);
	return build_done(b, &w);
}

struct bytes
build_key(struct build *b, const struct cose_key *k)
{
	struct cbor_out w = cbor_into(build_room(b, 128));

	cose_key_write(&w, k);
	return build_done(b, &w);
}

struct bytes
build_id(struct build *b, const char *text)
{
	struct span room = build_room(b, SUIT_ID_MAX);
	struct bytes out = BYTES_NONE;

	if (room.p != NULL)
		build_fail(b, suit_id_from_text(text, room, &out));
	return b->err == OK ? out : BYTES_NONE;
}

struct list
build_list(struct build *b, const struct bytes *item, size_t n)
{
	struct cbor_out w;
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		room += item[i].n + 9;
	w = cbor_into(build_room(b, room));
	for (size_t i = 0; i < n; i++)
		cbor_put_bstr(&w, item[i]);
	return (struct list){build_done(b, &w), n};
}

/* ---- changes ------------------------------------------------------------ */

/* An option of a message, where b's dialect has it. */
static const char *
path_here(const struct build *b, enum part part, enum step step,
    const char *path, char room[16])
{
	if (part != PART_MESSAGE || step != STEP_BODY || path == NULL ||
	    strncmp(path, "1/", 2) != 0 || strchr(path + 2, '/') != NULL)
		return path;
	(void)snprintf(room, 16, "1/%u",
	    dialect_label(b->dialect, (unsigned)strtoul(path + 2, NULL, 10)));
	return room;
}

struct bytes
build_step(struct build *b, enum part part, enum step step, struct bytes in)
{
	for (size_t i = 0; i < b->n_changes; i++) {
		const struct change *c = b->change[i];
		char room[16];

		if (c->part != part || c->step != step)
			continue;
		if (c->op != EDIT_NONE) {
			in = edit(b, in, c->op,
			    path_here(b, part, step, c->path, room), c->n,
			    c->value);
			b->n_applied++;
		}
		if (c->octets != NULL) {
			c->octets(b, c->ctx, &in);
			b->n_applied++;
		}
	}
	return b->err == OK ? in : BYTES_NONE;
}
