/*
 * ta-hello: the smallest trusted application.  It answers every call with who
 * it is, what it was sent, and what the caller must not conclude from that.
 */
#include <stdio.h>
#include <tamarind/ta.h>

#ifndef VERSION
#error "build with -DVERSION=\"x.y.z\""
#endif

int
main(int argc, char **argv)
{
	static uint8_t in[TA_CALL_MAX];
	static char out[TA_CALL_MAX];
	size_t n;
	enum ta_next next;

	while ((next = ta_receive(in, sizeof(in), &n)) == TA_CALL) {
		/* Room for the words around it is taken from the echo. */
		int echo = (int)(n < 60000 ? n : 60000);
		int len = snprintf(out, sizeof(out),
		    "ta-hello " VERSION " (%.200s): you sent \"%.*s\"; "
		    "you are not authenticated\n",
		    argc > 0 ? argv[0] : "", echo, (const char *)in);

		if (len < 0 || ta_answer(out, (size_t)len) != 0)
			return 1;
	}
	return next == TA_END ? 0 : 1;
}
