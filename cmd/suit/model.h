/*
 * model: an envelope taken apart for people: what explain, lint and diff
 * stand on.  Lenient where a device is strict, so that what is wrong can be
 * said; believes nothing, and runs nothing.
 */
#ifndef SUIT_MODEL_H
#define SUIT_MODEL_H

#include <item.h>
#include <tamarind/suit.h>

#define MODEL_PLACES_MAX   256
#define MODEL_BLOCKS_MAX   32
#define MODEL_KEYS         32 /* member keys are below */
#define MODEL_DEPTH_MAX    4  /* dependencies of dependencies */
#define MODEL_CHILDREN_MAX 32

/* Where a member stands. */
enum member_state {
	MEMBER_ABSENT = 0,
	MEMBER_INLINE,  /* in the manifest */
	MEMBER_SEVERED, /* in the envelope, under a digest that matches */
	MEMBER_GONE,    /* only its digest is there */
	MEMBER_WRONG,   /* in the envelope, and not what the digest says */
	MEMBER_STRAY,   /* in the envelope, and in the manifest no digest */
};

/* A component, or a dependency in its role as one. */
struct place {
	struct bytes id;         /* encoded identifier */
	char name[SUIT_ID_TEXT]; /* as text */
	uint64_t index;          /* as commands name it */
	bool dependency;
	const struct item *item;
};

/* One authentication block. */
struct block {
	const struct item *item; /* the bstr */
	uint64_t tag;            /* 18, 98, 17, 97; 0: none of them */
	int64_t alg;             /* 0: none */
	struct bytes kid;        /* p NULL: none */
	bool x5chain;
};

struct model {
	struct bytes file; /* offsets count from its start */
	struct pool *pool;
	const struct model *parent; /* of a dependency */
	struct bytes name;          /* the key it stands under there, or */
	bool lent;                  /* the file that was handed in */
	unsigned depth;

	const struct item *envelope; /* map */
	const struct item *digest;   /* [alg, octets]; NULL: none */
	const struct item *wrapped;  /* the bstr of the manifest */
	const struct item *manifest; /* map */
	bool digest_known, digest_holds;
	struct block block[MODEL_BLOCKS_MAX];
	size_t n_blocks;

	bool has_sequence;
	uint64_t sequence;
	struct bytes uri; /* reference URI; p NULL: none */
	struct bytes id;  /* key 5, or the first component's */
	char id_name[SUIT_ID_TEXT];
	bool id_given; /* key 5 is there */

	struct place place[MODEL_PLACES_MAX]; /* by index, dependencies last */
	size_t n_places, n_components;

	enum member_state state[MODEL_KEYS];
	/* The item inside; of the shared sequence under 3. */
	const struct item *section[MODEL_KEYS];
	const struct item *text; /* SUIT_Text_Map; NULL: none */

	struct model
	    *child[MODEL_CHILDREN_MAX]; /* dependencies that are here */
	size_t n_children;
};

/* Take an envelope apart; memory is pool's.  Borrows file.
 * Any error: *why says where it is no envelope.  What is there but odd is no
 * error: look for NULL. */
MUST_CHECK enum err model_open(struct pool *pool, struct bytes file,
    const struct crypto *c, struct model **out, struct why *why);

/* Let m depend on an envelope that does not stand in its own; name is that of
 * its file.  Nothing happens if there are too many, or it is none. */
void model_adopt(struct model *m, struct bytes envelope, struct bytes name,
    const struct crypto *c);

/* Offset of an item in the file. */
size_t model_at(const struct model *m, const struct item *i);
/* The encoding of an item that was read. */
struct bytes model_raw(const struct item *i);
/* The item in a byte string, NULL if there is none. */
const struct item *model_inside(struct pool *pool, const struct item *bstr);
/* The place of an index, NULL: none. */
const struct place *model_place(const struct model *m, uint64_t index);
/* The payload, or dependency, that stands in the envelope under a key. */
const struct item *model_payload(const struct model *m, struct bytes key);
const struct model *model_child(const struct model *m, struct bytes key);
/* Is the value of image-digest that of this dependency's manifest, as its
 * envelope says it? */
bool model_is(const struct model *m, const struct item *value);
/* A whole number; false: it is none, or beyond 63 bits. */
bool item_number(const struct item *i, int64_t *v);
/* The text of a component, or of the manifest (id NULL), in any language. */
struct bytes model_text(
    const struct model *m, const struct bytes *id, int64_t key);

#endif
