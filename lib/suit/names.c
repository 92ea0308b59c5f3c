/*
 * names: names of keys, commands and parameters, for people.  They include
 * what the profile refuses.  A device links none of them, see
 * device/names.c.                   [SUIT, SUIT TD, SUIT UM]
 */
#include "suit_int.h"

struct name {
	uint8_t code;
	const char *name;
};

static const char *
name_of(const struct name *list, size_t n, uint64_t code)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].code == code)
			return list[i].name;
	return "unknown";
}

const char *
suit_command_name(uint64_t code)
{
	static const struct name names[] = {
	    {1, "vendor-identifier"},
	    {2, "class-identifier"},
	    {3, "image-match"},
	    {4, "use-before"},
	    {5, "component-slot"},
	    {6, "check-content"},
	    {7, "dependency-integrity"},
	    {8, "is-dependency"},
	    {11, "process-dependency"},
	    {12, "set-component-index"},
	    {14, "abort"},
	    {15, "try-each"},
	    {18, "write"},
	    {19, "set-parameters"},
	    {20, "override-parameters"},
	    {21, "fetch"},
	    {22, "copy"},
	    {23, "invoke"},
	    {24, "device-identifier"},
	    {25, "image-not-match"},
	    {26, "minimum-battery"},
	    {27, "update-authorized"},
	    {28, "version"},
	    {29, "wait"},
	    {31, "swap"},
	    {32, "run-sequence"},
	    {33, "unlink"},
	    {34, "override-multiple"},
	    {35, "copy-params"},
	};

	return name_of(names, ARRAY_LEN(names), code);
}

const char *
suit_parameter_name(uint64_t label)
{
	static const struct name names[] = {
	    {1, "vendor-identifier"},
	    {2, "class-identifier"},
	    {3, "image-digest"},
	    {4, "use-before"},
	    {5, "component-slot"},
	    {12, "strict-order"},
	    {13, "soft-failure"},
	    {14, "image-size"},
	    {18, "content"},
	    {19, "encryption-info"},
	    {21, "uri"},
	    {22, "source-component"},
	    {23, "invoke-args"},
	    {24, "device-identifier"},
	    {25, "fetch-arguments"},
	    {26, "minimum-battery"},
	    {27, "update-priority"},
	    {28, "version"},
	    {29, "wait-info"},
	    {30, "component-metadata"},
	};

	return name_of(names, ARRAY_LEN(names), label);
}

const char *
suit_member_name(uint64_t key)
{
	static const struct name names[] = {
	    {1, "manifest-version"},
	    {2, "manifest-sequence-number"},
	    {3, "common"},
	    {4, "reference-uri"},
	    {5, "manifest-component-id"},
	    {6, "set-version"},
	    {7, "validate"},
	    {8, "load"},
	    {9, "invoke"},
	    {14, "coswid"},
	    {15, "dependency-resolution"},
	    {16, "payload-fetch"},
	    {18, "candidate-verification"},
	    {20, "install"},
	    {23, "text"},
	    {24, "uninstall"},
	};

	return name_of(names, ARRAY_LEN(names), key);
}
