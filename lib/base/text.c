/*
 * text: a sentence on each refusal, for people.  No engine says one, so that
 * a device links none.
 */
#include <tamarind/base.h>

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
