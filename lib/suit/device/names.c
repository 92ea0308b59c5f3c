/*
 * names: what stands in a device for ../names.c: no names.  A fault is told
 * by its number and its offset.
 */
#include "../suit_int.h"

const char *
suit_command_name(uint64_t code)
{
	(void)code;
	return "command";
}

const char *
suit_parameter_name(uint64_t label)
{
	(void)label;
	return "parameter";
}
