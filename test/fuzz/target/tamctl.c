/* tamctl: answers of the admin API, printed for people. */
#include "ends.h"
#include <tamctl.h>

static int
print(struct bytes in)
{
	static const struct column c[] = {{"A", "id", COL_ID},
	    {"B", "time", COL_AGE}, {"C", "not-after", COL_UNTIL},
	    {"D", "scopes", COL_SCOPES}, {"E", "n", COL_NUMBER},
	    {"F", "name", COL_TEXT}};
	json_t *o =
	    json_loadb((const char *)in.p, in.n, JSON_REJECT_DUPLICATES, NULL);

	print_table(json_object_get(o, "items"), c, ARRAY_LEN(c));
	print_device(o);
	print_json(o);
	json_decref(o);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return fuzz_program(print, (struct bytes){p, n});
}
