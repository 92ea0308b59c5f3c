/*
 * ta-hello: the smallest trusted application.  It answers every call with who
 * it is, what it was sent, and what the caller must not conclude from that.
 *
 * If it was given data, a key of its own, it answers with a code besides that
 * only holders of the key can compute, and never with the key.
 */
#include <stdio.h>
#include <string.h>
#include <tamarind/ta.h>

#ifndef VERSION
#error "build with -DVERSION=\"x.y.z\""
#endif

static uint8_t key[TA_CALL_MAX];
static size_t key_n;

/* FNV-1a over key, input, key: an example's stand-in for a MAC, which would
 * need a library here. */
static uint64_t
code(const uint8_t *in, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key_n + n + key_n; i++) {
		uint8_t b = i < key_n       ? key[i]
			    : i < key_n + n ? in[i - key_n]
					    : key[i - key_n - n];

		h = (h ^ b) * UINT64_C(0x100000001b3);
	}
	return h;
}

int
main(int argc, char **argv)
{
	static uint8_t in[TA_CALL_MAX];
	static char out[TA_CALL_MAX];
	char with[64] = "";
	size_t n;
	enum ta_next next;

	while ((next = ta_receive(in, sizeof(in), &n)) > TA_END) {
		/* Room for the words around it is taken from the echo. */
		int echo = (int)(n < 60000 ? n : 60000), len;

		if (next == TA_DATA) {
			memcpy(key, in, n);
			key_n = n;
			continue;
		}
		if (key_n > 0)
			(void)snprintf(with, sizeof(with), "code %016llx, ",
			    (unsigned long long)code(in, n));
		len = snprintf(out, sizeof(out),
		    "ta-hello " VERSION " (%.200s): you sent \"%.*s\"; "
		    "%syou are not authenticated\n",
		    argc > 0 ? argv[0] : "", echo, (const char *)in, with);

		if (len < 0 || ta_answer(out, (size_t)len) != 0)
			return 1;
	}
	return next == TA_END ? 0 : 1;
}
