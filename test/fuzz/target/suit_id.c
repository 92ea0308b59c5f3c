/* suit_id: an identifier and its text form are each other's only one. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, again;
	char text[SUIT_ID_TEXT], other[SUIT_ID_TEXT];
	uint8_t room[SUIT_ID_MAX];

	if (suit_id_check(in) == OK) {
		HOLDS(suit_id_text(in, text) == OK);
		HOLDS(suit_id_from_text(text, SPAN_OF(room), &again) == OK);
		HOLDS(bytes_same(in, again) && suit_id_under(in, again));
	} else {
		HOLDS(suit_id_text(in, text) != OK);
	}
	if (n >= sizeof(text) || (n > 0 && memchr(p, 0, n) != NULL))
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = 0;
	if (suit_id_from_text(text, SPAN_OF(room), &again) != OK)
		return 0;
	HOLDS(suit_id_check(again) == OK && suit_id_text(again, other) == OK);
	return 0;
}
