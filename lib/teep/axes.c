/*
 * axes: dialects by name, for those who configure them.   [docs/interop.md]
 *
 * Not for devices: it names every table there is.
 */
#include "teep_int.h"
#include <string.h>

// clang-format off
const struct dialect_axis dialect_axes[DIALECT_AXES] = {
	{"numbering", {"current", "legacy"}, offsetof(struct dialect, numbering)},
	{"algorithms", {"fully-specified", "polymorphic"}, offsetof(struct dialect, algs)},
	{"profiles", {"four", "two"}, offsetof(struct dialect, profiles)},
	{"first", {"sign", "sign1"}, offsetof(struct dialect, first)},
	{"reports", {"signed", "sealed", "bare"}, offsetof(struct dialect, reports)},
	{"evidence", {"encrypted", "if-key"}, offsetof(struct dialect, evidence)},
	{"update", {"bound", "unbound"}, offsetof(struct dialect, update)},
};
// clang-format on

enum err
dialect_named(const char *name, struct dialect *out)
{
	static const struct dialect legacy = {
	    .numbering = DIALECT_LEGACY,
	    .algs = DIALECT_POLYMORPHIC,
	    .profiles = DIALECT_TWO,
	    .first = DIALECT_SIGN1,
	    .reports = DIALECT_REPORT_BARE,
	    .evidence = DIALECT_IF_KEY,
	};

	memset(out, 0, sizeof(*out));
	if (strcmp(name, "default") == 0)
		return OK;
	if (strcmp(name, "legacy") != 0)
		return ERR_NOT_FOUND;
	*out = legacy;
	return dialect_link(out, &dialect_others);
}

enum err
dialect_set(struct dialect *d, const char *axis, const char *value)
{
	for (size_t i = 0; i < DIALECT_AXES; i++) {
		const struct dialect_axis *a = &dialect_axes[i];

		if (strcmp(a->name, axis) != 0)
			continue;
		for (unsigned v = 0; v < ARRAY_LEN(a->value); v++) {
			if (a->value[v] == NULL ||
			    strcmp(a->value[v], value) != 0)
				continue;
			((uint8_t *)d)[a->off] = (uint8_t)v;
			return dialect_link(d, &dialect_others);
		}
	}
	return ERR_NOT_FOUND;
}

unsigned
dialect_get(const struct dialect *d, size_t axis)
{
	return ((const uint8_t *)d)[dialect_axes[axis].off];
}
