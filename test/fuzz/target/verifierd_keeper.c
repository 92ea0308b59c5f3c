/* verifierd_keeper: what a front that was taken over wants signed. */
#include "fuzz.h"
#include <verifierd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t kid[KID_LEN];
	struct bytes in = {p, n};
	char header[JWS_HEADER_MAX], text[4096];
	struct why why = {0};

	if (n > 0 && p[0] == '{') {
		size_t at;

		/* With the one header that is signed. */
		jws_header(kid, header);
		at = strlen(header);
		if (n > 2048)
			return 0;
		memcpy(text, header, at);
		text[at++] = '.';
		base64url_text(text + at, sizeof(text) - at, in);
		in = bytes_of_text(text);
		if (keeper_check_jws(in, kid, 1000, 100, &why) == OK)
			HOLDS(keeper_check_jws(in, kid, 2000, 100, &why) ==
			      ERR_LIMIT);
	}
	(void)!keeper_check_jws(in, kid, 1000, 100, &why);
	if (keeper_check_cose(in, 1000, 100, &why) == OK)
		HOLDS(keeper_check_cose(in, 2000, 100, &why) == ERR_LIMIT);
	return 0;
}
