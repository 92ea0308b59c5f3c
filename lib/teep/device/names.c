/*
 * names: what stands in a device for ../names.c: no names.  A fault is told
 * by its number and its offset, which are enough to find the name elsewhere.
 */
#include "../teep_int.h"

const char *
teep_type_name(uint64_t type)
{
	(void)type;
	return "message";
}

const char *
teep_label_name(int64_t label)
{
	(void)label;
	return "option";
}

const char *
teep_option_at(
    const struct dialect *d, struct bytes in, size_t map, size_t fault)
{
	(void)d;
	(void)in;
	(void)map;
	(void)fault;
	return "option";
}
