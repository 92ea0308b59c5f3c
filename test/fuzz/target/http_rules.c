/* http_rules: heads of requests; what is let through has one meaning. */
#include "mhd.h"
#include <rules.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct route route = {
	    "/tam", "POST", "application/teep+cbor", 1000};
	struct MHD_Connection c;
	struct head head;
	size_t lengths = 0, encodings = 0;

	fuzz_request_of((struct bytes){p, n}, &c);
	n = rules_check(&route, &c, c.path, c.method, c.version, &head);
	HOLDS(n == 0 || (n >= 400 && n < 500));
	for (size_t i = 0; n == 0 && i < c.n_headers; i++) {
		lengths += strcasecmp(c.header[i].name, "content-length") == 0;
		encodings +=
		    strcasecmp(c.header[i].name, "transfer-encoding") == 0;
	}
	HOLDS(n != 0 ||
	      (lengths + encodings <= 1 && head.has_length == (lengths == 1) &&
		  head.length <= route.size_max));
	return 0;
}
