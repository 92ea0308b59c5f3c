/*
 * The agent's status for people.
 */
#include "broker.h"

#include <stdlib.h>

void
show_status(struct bytes cbor, bool json)
{
	size_t n = cbor.n * 4 + 64;
	char *text = malloc(n);

	(void)json;
	if (text == NULL)
		return;
	if (cbor_diag(cbor, true, (struct span){(uint8_t *)text, n}) == OK)
		puts(text);
	free(text);
}
