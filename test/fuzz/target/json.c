/* JSON of strangers, and CBOR: what is written is read back the same. */
#include "fuzz.h"

#include <json.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json text = {0}, j = {0}, back = {0};
	struct bytes in = {p, n}, out;
	json_t *doc = NULL;
	size_t at;

	if (n > 0 && p[0] == '{')
		doc = json_text_read(&text, in);
	if (doc != NULL && json_to_cbor(&text, doc, &out))
		in = out;
	json_decref(doc);
	doc = json_from_cbor(&j, in, NULL, &at);
	if (doc != NULL)
		HOLDS(json_to_cbor(&back, doc, &out) && bytes_same(in, out));
	json_decref(doc);
	json_free(&back);
	json_free(&j);
	json_free(&text);
	return 0;
}
