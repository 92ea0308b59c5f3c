/*
 * environment: what a statement is about.              [CoRIM 5.1.4.2]
 */
#include "corim_int.h"

#include <string.h>

struct environment {
	uint32_t has;
	struct bytes class, instance, group;
};

// clang-format off
static const struct cbor_field environment_rows[] = {
	FIELD(0, F_RAW_MAP, struct environment, class, 0, 0),
	FIELD(1, F_RAW, struct environment, instance, 0, 0),
	FIELD(2, F_RAW, struct environment, group, 0, 0),
};
enum { E_CLASS = 1 << 0, E_INSTANCE = 1 << 1, E_GROUP = 1 << 2 };

#define PART(key, which) \
	FIELD(key, F_RAW, struct corim_environment, part[which], 0, 0)
static const struct cbor_field class_rows[] = {
	PART(0, ENV_CLASS_ID),
	PART(1, ENV_VENDOR),
	PART(2, ENV_MODEL),
	PART(3, ENV_LAYER),
	PART(4, ENV_INDEX),
};

#define TABLE(rows) {rows, ARRAY_LEN(rows), 1}
static const struct cbor_table environment_table = TABLE(environment_rows);
static const struct cbor_table class_table = TABLE(class_rows);
// clang-format on

static const char *const names[ENV_PARTS] = {
    [ENV_CLASS_ID] = "class-id",
    [ENV_VENDOR] = "vendor",
    [ENV_MODEL] = "model",
    [ENV_LAYER] = "layer",
    [ENV_INDEX] = "index",
    [ENV_INSTANCE] = "instance",
    [ENV_GROUP] = "group",
};

static enum err
number_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

static enum err
class_read(struct bytes in, struct corim_environment *out)
{
	const struct bytes *part = out->part;

	TRY(corim_map_read(in, &class_table, out));
	if (out->has == 0)
		return ERR_MISSING;
	if (part[ENV_CLASS_ID].n > 0)
		TRY(corim_choice_check(part[ENV_CLASS_ID], USE_CLASS));
	if (part[ENV_VENDOR].n > 0)
		TRY(corim_text_check(part[ENV_VENDOR]));
	if (part[ENV_MODEL].n > 0) {
		if (part[ENV_VENDOR].n == 0)
			return ERR_MISSING;
		TRY(corim_text_check(part[ENV_MODEL]));
	}
	if (part[ENV_LAYER].n > 0)
		TRY(number_check(part[ENV_LAYER]));
	if (part[ENV_INDEX].n > 0)
		TRY(number_check(part[ENV_INDEX]));
	return OK;
}

static enum err
whole_read(struct bytes in, struct corim_environment *out)
{
	struct environment e = {0};

	TRY(corim_map_read(in, &environment_table, &e));
	if (e.has == 0)
		return ERR_MISSING;
	if ((e.has & E_CLASS) != 0)
		TRY(class_read(e.class, out));
	if ((e.has & E_INSTANCE) != 0)
		TRY(corim_choice_check(e.instance, USE_INSTANCE));
	if ((e.has & E_GROUP) != 0)
		TRY(corim_choice_check(e.group, USE_GROUP));
	out->part[ENV_INSTANCE] = e.instance;
	out->part[ENV_GROUP] = e.group;
	return OK;
}

enum err
corim_environment_read(struct bytes in, struct corim_environment *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = whole_read(in, out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

enum err
corim_environment_meets(const struct corim_environment *want,
    const struct corim_environment *is, struct why *why)
{
	for (size_t i = 0; i < ENV_PARTS; i++) {
		if (want->part[i].n == 0 ||
		    bytes_same(want->part[i], is->part[i]))
			continue;
		(void)why_set(why, ERR_NO_REFERENCE, names[i]);
		if (why != NULL) {
			why->kind = WHY_CBOR;
			why->expected = want->part[i];
			why->found = is->part[i];
		}
		return ERR_NO_REFERENCE;
	}
	return OK;
}
