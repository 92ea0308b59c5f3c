/* text: numbers, octets, identifiers and media types written by people, and
 * foreign text made safe. */
#include "fuzz.h"
#include <cmdline.h>
#include <tamarind/teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char in[1024 + 1], out[2049];
	uint8_t room[700], id[16];
	enum log_level level;
	struct bytes b, foreign = {p, n};
	uint64_t v;

	if (n >= sizeof(in))
		return 0;
	if (n > 0)
		memcpy(in, p, n);
	in[n] = 0;
	if (hex_read(in, SPAN_OF(room), &b) == OK) {
		hex_text(out, sizeof(out), b);
		HOLDS(strcasecmp(in, out) == 0);
	}
	if (base64url_read(in, SPAN_OF(room), &b) == OK) {
		base64url_text(out, sizeof(out), b);
		HOLDS(strcmp(in, out) == 0);
	}
	if (number_read(in, 1000, &v) == OK)
		HOLDS(v <= 1000 && in[0] >= '0' && in[0] <= '9');
	if (uuid_plain(in, id))
		HOLDS(uuid_read(in, uuid_dns, id) == OK && n >= 36);
	(void)!log_level_read(in, &level);
	(void)teep_payload_kind(true, foreign);
	HOLDS(!teep_format_is(foreign, "p") || n > 20);
	for (char *c = (char *)(uintptr_t)safe_text(out, 64, foreign); *c; c++)
		HOLDS(*c >= ' ' && *c <= '~');
	return 0;
}
