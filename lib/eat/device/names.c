/*
 * names: what stands in a device for ../names.c: no names.  A fault is told
 * by its number and its offset.
 */
#include "../eat_int.h"

const char *
eat_claim_name(int64_t key)
{
	(void)key;
	return "claim";
}

const char *
eat_claim_at(struct bytes in, size_t fault)
{
	(void)in;
	(void)fault;
	return "claim";
}
