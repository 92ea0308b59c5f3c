/*
 * err: names of refusals, from ERR_TABLE.
 */
#include <string.h>
#include <tamarind/base.h>

/* All names, one after the other, and their numbers in the same order.  A
 * pointer to each would cost a device as much again as short names do, and
 * nobody asks for one twice in a second. */
static const uint16_t numbers[] = {
#define X(name, number, word, sentence) number,
    ERR_TABLE(X)
#undef X
};

static const char words[] =
#define X(name, number, word, sentence) word "\0"
    ERR_TABLE(X)
#undef X
    ;

const char *
err_name(enum err e)
{
	const char *word = words;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (numbers[i] == (unsigned)e)
			return word;
		word += strlen(word) + 1;
	}
	return "unknown";
}

enum err
why_set(struct why *w, enum err e, const char *what)
{
	if (w != NULL)
		*w = (struct why){.err = e, .what = what};
	return e;
}
