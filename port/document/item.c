/*
 * item: trees: memory, making, finding and changing.
 */
#include "item.h"

#include <cmdline.h>
#include <stdlib.h>
#include <string.h>

/* Octets that are fetched from the system at a time. */
#define PART_MIN 65536

struct pool_part {
	struct pool_part *next;
	size_t room, used;
	max_align_t memory[];
};

void *
pool_get(struct pool *p, size_t n)
{
	const size_t align = sizeof(max_align_t);
	struct pool_part *part = p->part;
	void *out;

	n = (n + align - 1) / align * align;
	if (part == NULL || n > part->room - part->used) {
		size_t room = n > PART_MIN ? n : PART_MIN;

		part = malloc(sizeof(*part) + room);
		if (part == NULL)
			die("pool", EXIT_REFUSED, "out of memory");
		*part = (struct pool_part){p->part, room, 0};
		p->part = part;
	}
	out = (uint8_t *)part->memory + part->used;
	part->used += n;
	return memset(out, 0, n);
}

struct bytes
pool_copy(struct pool *p, struct bytes b)
{
	uint8_t *to = pool_get(p, b.n + 1);

	if (b.n > 0)
		memcpy(to, b.p, b.n);
	return (struct bytes){to, b.n};
}

void
pool_free(struct pool *p)
{
	while (p->part != NULL) {
		struct pool_part *next = p->part->next;

		wipe(p->part->memory, p->part->used);
		free(p->part);
		p->part = next;
	}
	p->items = 0;
}

bool
pool_full(const struct pool *p)
{
	return p->items >= ITEMS_MAX;
}

/* ---- making ---------------------------------------------------------------
 */

struct item *
item_new(struct pool *p, enum cbor_type type, uint64_t arg)
{
	struct item *i = pool_get(p, sizeof(*i));

	p->items++;
	i->type = (uint8_t)type;
	i->arg = arg;
	return i;
}

struct item *
item_int(struct pool *p, int64_t v)
{
	if (v < 0)
		return item_new(p, CBOR_NINT, (uint64_t)(-1 - v));
	return item_new(p, CBOR_UINT, (uint64_t)v);
}

struct item *
item_string(struct pool *p, enum cbor_type type, struct bytes b)
{
	struct item *i = item_new(p, type, 0);

	i->text = b;
	return i;
}

struct item *
item_words(struct pool *p, const char *text)
{
	return item_string(p, CBOR_TSTR, bytes_of_text(text));
}

struct item *
item_wrap(struct pool *p, struct item *content)
{
	struct item *i = item_new(p, CBOR_BSTR, 0);

	i->content = content;
	return i;
}

struct item *
item_tag(struct pool *p, uint64_t tag, struct item *inside)
{
	struct item *i = item_new(p, CBOR_TAG, tag);

	i->first = inside;
	return i;
}

void
item_add(struct item *array, struct item *i)
{
	struct item **at = &array->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = i;
}

void
item_add_pair(struct item *map, struct item *key, struct item *value)
{
	item_add(map, key);
	item_add(map, value);
}

struct item *
item_copy(struct pool *p, const struct item *i)
{
	struct item *c = item_new(p, (enum cbor_type)i->type, i->arg), **at;
	const struct item *in;

	c->text = i->text;
	c->width = i->width;
	c->indefinite = i->indefinite;
	if (i->content != NULL)
		c->content = item_copy(p, i->content);
	at = &c->first;
	for (in = i->first; in != NULL; in = in->next) {
		*at = item_copy(p, in);
		at = &(*at)->next;
	}
	return c;
}

/* ---- finding and changing ---------------------------------------------------
 */

size_t
item_count(const struct item *i)
{
	size_t n = 0;

	for (i = i->first; i != NULL; i = i->next)
		n++;
	return n;
}

struct item *
item_at(const struct item *i, size_t n)
{
	struct item *in = i == NULL ? NULL : i->first;

	while (in != NULL && n-- > 0)
		in = in->next;
	return in;
}

bool
item_is(const struct item *i, int64_t v)
{
	uint64_t arg = v < 0 ? (uint64_t)(-1 - v) : (uint64_t)v;

	return i->type == (v < 0 ? CBOR_NINT : CBOR_UINT) && i->arg == arg;
}

struct item *
item_get(const struct item *map, int64_t key)
{
	struct item *k =
	    map != NULL && map->type == CBOR_MAP ? map->first : NULL;

	for (; k != NULL && k->next != NULL; k = k->next->next)
		if (item_is(k, key))
			return k->next;
	return NULL;
}

/* Does key a come before number v?  Text and others come last. */
static bool
before(const struct item *a, int64_t v)
{
	uint64_t arg = v < 0 ? (uint64_t)(-1 - v) : (uint64_t)v;
	uint8_t type = v < 0 ? CBOR_NINT : CBOR_UINT;

	return a->type != type ? a->type < type : a->arg < arg;
}

void
item_set(struct pool *p, struct item *map, int64_t key, struct item *value)
{
	struct item **at = &map->first, *k;

	while (*at != NULL && before(*at, key))
		at = &(*at)->next->next;
	if (*at != NULL && item_is(*at, key)) {
		value->next = (*at)->next->next;
		(*at)->next = value;
		return;
	}
	k = item_int(p, key);
	k->next = value;
	value->next = *at;
	*at = k;
}

bool
item_drop(struct item *map, int64_t key)
{
	struct item **at = &map->first;

	while (*at != NULL && !item_is(*at, key))
		at = &(*at)->next->next;
	if (*at == NULL)
		return false;
	*at = (*at)->next->next;
	return true;
}

struct item *
item_open(struct pool *p, struct item *bstr)
{
	size_t at;

	if (bstr->type == CBOR_BSTR && bstr->content == NULL &&
	    !bstr->indefinite &&
	    item_read_all(p, bstr->text, &bstr->content, &at) != OK)
		bstr->content = NULL;
	return bstr->content;
}
