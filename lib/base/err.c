/*
 * err: names and sentences of refusals, all from ERR_TABLE.
 */
#include <tamarind/base.h>

const char *
err_name(enum err e)
{
	switch (e) {
#define X(name, number, word, sentence) \
	case name:                      \
		return word;
		ERR_TABLE(X)
#undef X
	}
	return "unknown";
}

const char *
err_text(enum err e)
{
	switch (e) {
#define X(name, number, word, sentence) \
	case name:                      \
		return sentence;
		ERR_TABLE(X)
#undef X
	}
	return "a number that is not in the table of refusals";
}

enum err
why_set(struct why *w, enum err e, const char *what)
{
	if (w != NULL)
		*w = (struct why){.err = e, .what = what};
	return e;
}
