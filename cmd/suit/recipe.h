/*
 * recipe: manifests as YAML or JSON, and back.       [docs/suit-recipe.md]
 *
 * One table says what a recipe may hold and how a value is written there;
 * the reader, the writer and the list of keys (`suit recipe --keys`) go by
 * it.  What has no form of its own is written {cbor: HEX}: so every envelope
 * has a recipe, and every recipe of an envelope leads back to its octets.
 */
#ifndef SUIT_RECIPE_H
#define SUIT_RECIPE_H

#include "suit.h"

#include <document.h>
#include <jansson.h>

/* ---- the table ---------------------------------------------------------- */

/* How a value is written, and what it is in the manifest. */
enum form {
	AS_ANY, /* numbers, true, false, null, text, lists, octets */
	AS_UINT,
	AS_INT,
	AS_BOOL,
	AS_TEXT,
	AS_OCTETS,   /* bstr: hex text or {hex|base64|text|file|random: ...} */
	AS_TIME,     /* uint: a date, or seconds since 1970 */
	AS_SIZE,     /* uint: a number, or octets whose size is meant */
	AS_VENDOR,   /* bstr(16) or tag 112: UUID, domain, {pen: NUMBER} */
	AS_CLASS,    /* bstr(16): UUID, or a name within the vendor */
	AS_UUID,     /* bstr(16) */
	AS_DIGEST,   /* bstr{SUIT_Digest}: hex, octets, {algorithm, digest} */
	AS_INDEX,    /* uint: a component's name, or a number */
	AS_VERSION,  /* bstr{[comparison, version]}: ">= 1.2-rc.3" */
	AS_RELEASE,  /* bstr{version}: 1.2-rc.3 */
	AS_WAIT,     /* bstr{events} */
	AS_METADATA, /* bstr{map} */
	AS_WRAPPED,  /* bstr that holds CBOR: octets of what is in it */
	AS_ID,       /* component identifier: a/b, or a list of octets */
	AS_POLICY,   /* reporting policy */
	AS_SELECT,   /* a component's name, a list of them, or all */
	AS_TRIES,    /* list of sequences, null may be the last */
	AS_SEQUENCE, /* bstr{sequence} */
	AS_PARAMS,
	AS_PARAMS_OF, /* parameters by component */
	AS_LABELS_OF, /* names of parameters by component */
	AS_TEXTS,     /* bstr{text map} */
};

struct row {
	int64_t key;
	enum form form;
	const char *name; /* NULL: the room's own name of it */
};

struct rows {
	const struct row *row;
	size_t n;
	const char *(*name)(uint64_t key); /* of rows without one */
};

extern const struct rows rows_member, rows_command, rows_parameter, rows_text,
    rows_component_text, rows_policy, rows_event, rows_metadata,
    rows_comparison, rows_algorithm;

/* The name of a row of the list. */
const char *row_name(const struct rows *rows, const struct row *row);
/* By number; by name; NULL: none. */
const struct row *row_of(const struct rows *rows, int64_t key);
const struct row *row_named(const struct rows *rows, const char *name);
/* May the member stand in the envelope, with its digest in the manifest? */
bool member_severable(int64_t key);
/* Every bit of a reporting policy. */
#define POLICY_ALL 15
/* The reporting policy of a command whose recipe gives none. */
uint64_t policy_usual(int64_t command);
/* What may stand at the top of a recipe; NULL ends it. */
extern const char *const fields_envelope[];
/* Print every key of every list: "where name form". */
void rows_print(FILE *f);

/* ---- reading ------------------------------------------------------------ */

#define RECIPE_NAMES_MAX 64 /* components and dependencies */
#define RECIPE_DEEP_MAX  5  /* envelopes in envelopes */

/* A component, or a dependency that is none. */
struct named {
	const char *name;
	struct item *id; /* NULL: no identifier is known */
	uint64_t index;
	bool dependency;
};

/* Where an item of the envelope comes from. */
struct origin {
	struct origin *next;
	const struct item *item;
	struct spot at;
};

struct recipe {
	struct doc *doc;
	struct pool *pool; /* the document's */
	struct named named[RECIPE_NAMES_MAX];
	size_t n_named, n_components;
	uint8_t vendor[16]; /* the last vendor that was read */
	bool has_vendor;
	struct origin *origins; /* of the outermost envelope */
	unsigned deep;
	/* what was read, to be checked afterwards */
	struct item *envelope, *manifest;
	struct spot root;
	bool unchecked;   /* "checked: false" */
	bool inner;       /* "outer-parameters: true" */
	const char *sbom; /* a file, of the command line */
};

/* Read the envelope that at describes: r->envelope; NULL: r->doc->message. */
struct item *recipe_read(struct recipe *r, struct spot at);
/* The octets of what was read. */
struct bytes recipe_octets(struct recipe *r);

/* Remember where an item comes from; answers it. */
struct item *recipe_from(struct recipe *r, struct item *i, struct spot at);
/* One value.  NULL: a fault. */
struct item *recipe_value(struct recipe *r, struct spot at, enum form form);
struct item *recipe_leaf(struct recipe *r, struct spot at, enum form form);
/* A component by name or number. */
bool recipe_index(struct recipe *r, struct spot at, uint64_t *out);
/* A name of the list, or a number; *row NULL for that. */
bool recipe_key(struct recipe *r, const struct rows *rows, struct spot key,
    const struct row **row, int64_t *out);
/* A SUIT_Digest over octets. */
struct item *digest_item(struct recipe *r, struct bytes over);
/* The pairs of a map in deterministic order; false: one key stands twice. */
bool map_sort(struct pool *p, struct item *map);
/* The same, with the fault told; answers map, or NULL. */
struct item *recipe_map(struct recipe *r, struct item *map, struct spot at);

/* ---- checking ----------------------------------------------------------- */

/* Would a device refuse it?  False: r->doc->message says where and why. */
bool recipe_check(struct recipe *r);
/* Its first half: parameters on every way, and rules for authors alone. */
void recipe_ways(struct recipe *r);
/* Where an item comes from; the root if nobody knows. */
struct spot recipe_origin(const struct recipe *r, const struct item *i);

/* ---- writing ------------------------------------------------------------ */

/* The recipe of an envelope, checked to lead back to it; a member called "#"
 * is a comment.  NULL: it is no CBOR; *at says where. */
json_t *recipe_of(struct pool *p, struct bytes envelope, size_t *at);

/* The same for one that stands so deep in another. */
json_t *recipe_within(
    struct pool *p, struct bytes envelope, size_t *at, unsigned deep);

struct out {
	struct pool *pool;
	struct named named[RECIPE_NAMES_MAX];
	size_t n_named;
	unsigned deep;
};
json_t *out_value(struct out *o, struct item *i, enum form form);
/* As encoded. */
json_t *out_raw(struct out *o, const struct item *i);
json_t *out_leaf(struct out *o, struct item *i, enum form form);
/* The name of a key; a number if it has none; NULL: it is no number. */
const char *out_key(struct out *o, const struct item *k,
    const struct rows *rows, const struct row **row);
json_t *out_envelope(struct out *o, struct item *envelope);
/* Is all of it in its deterministic encoding, but for the order of maps? */
bool item_plain(const struct item *i);
/* Is this map in deterministic order, no key twice? */
bool map_sorted(struct pool *p, const struct item *map);
bool maps_sorted(struct pool *p, const struct item *i);
/* What is in a byte string, if a recipe can say it so that it comes back as it
 * was; NULL: it cannot. */
struct item *item_inside(struct pool *p, struct item *bstr);

/* ---- forms, both ways: recipe_value.c has the table --------------------- */

#define FORM(name)                                                         \
	struct item *form_##name##_read(struct recipe *r, struct spot at); \
	json_t *form_##name##_write(struct out *o, struct item *i)

FORM(policy);
FORM(select);
FORM(tries);
FORM(sequence);
FORM(params);
FORM(params_of);
FORM(labels_of);
FORM(texts);

#endif
