/*
 * ear_vector: what the values of a trustworthiness vector amount to.
 *                                                        [AR4SI 2.3]
 */
#include "eat_int.h"

enum ear_tier
ear_tier(int64_t value)
{
	/* -2 .. -32 stand beside 2 .. 31, and so on: one more below. */
	int64_t v = value < -1 ? -value - 1 : value;

	if (value == -1 || v < 2)
		return value < -1 ? EAR_AFFIRMING : EAR_NONE;
	if (v < EAR_WARNING)
		return EAR_AFFIRMING;
	return v < EAR_CONTRAINDICATED ? EAR_WARNING : EAR_CONTRAINDICATED;
}

unsigned
ear_rank(enum ear_tier t)
{
	switch (t) {
	case EAR_AFFIRMING:
		return 0;
	case EAR_NONE:
		return 1;
	case EAR_WARNING:
		return 2;
	case EAR_CONTRAINDICATED:
		break;
	}
	return 3;
}

enum ear_tier
ear_worst(const struct ear_vector *v)
{
	enum ear_tier worst = EAR_AFFIRMING, one;
	bool says = false;

	for (size_t i = 0; i < EAR_CLAIMS; i++) {
		if ((v->has >> i & 1) == 0 || v->value[i] == 0)
			continue;
		says = true;
		one = ear_tier(v->value[i]);
		if (ear_rank(one) > ear_rank(worst))
			worst = one;
	}
	return says ? worst : EAR_NONE;
}

const char *
ear_claim_name(enum ear_claim c)
{
	static const char *const names[EAR_CLAIMS] = {
	    [EAR_INSTANCE_IDENTITY] = "instance-identity",
	    [EAR_CONFIGURATION] = "configuration",
	    [EAR_EXECUTABLES] = "executables",
	    [EAR_FILE_SYSTEM] = "file-system",
	    [EAR_HARDWARE] = "hardware",
	    [EAR_RUNTIME_OPAQUE] = "runtime-opaque",
	    [EAR_STORAGE_OPAQUE] = "storage-opaque",
	    [EAR_SOURCED_DATA] = "sourced-data",
	};

	return (size_t)c < EAR_CLAIMS ? names[c] : "claim";
}
