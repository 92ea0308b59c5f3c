/*
 * digest: [algorithm, value] with algorithms of the Named Information
 * registry.                 [EAT measured component 4; CoRIM 7.7; RFC 6920]
 */
#include <string.h>
#include <tamarind/eat.h>

/* What a stranger's algorithm may put in: twice the longest known. */
#define VALUE_MAX 128
#define NAME_MAX  64

static const struct {
	uint8_t number, n;
	const char *name;
} known[] = {
    {1, 32, "sha-256"},
    {2, 16, "sha-256-128"},
    {3, 15, "sha-256-120"},
    {4, 12, "sha-256-96"},
    {5, 8, "sha-256-64"},
    {6, 4, "sha-256-32"},
    {7, 48, "sha-384"},
    {8, 64, "sha-512"},
    {9, 28, "sha3-224"},
    {10, 32, "sha3-256"},
    {11, 48, "sha3-384"},
    {12, 64, "sha3-512"},
};

/* The row that r names; ARRAY_LEN(known) for an algorithm of no row. */
static size_t
row_read(struct cbor_in *r)
{
	struct bytes name = BYTES_NONE;
	int64_t number = 0;
	size_t i;

	if (cbor_peek(r) == CBOR_TSTR)
		name = cbor_tstr(r, 1, NAME_MAX);
	else
		number = cbor_int(r, INT64_MIN, INT64_MAX);
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (name.n > 0
			? bytes_same(name,
			      (struct bytes){(const uint8_t *)known[i].name,
				  strlen(known[i].name)})
			: number == known[i].number)
			break;
	return i;
}

enum err
eat_digest_read(struct cbor_in *items, struct eat_digest *out)
{
	size_t start, row;

	memset(out, 0, sizeof(*out));
	cbor_array(items, 2);
	start = items->at;
	row = row_read(items);
	out->name = (struct bytes){items->in.p + start, items->at - start};
	if (row < ARRAY_LEN(known)) {
		out->alg = known[row].number;
		out->value = cbor_bstr(items, known[row].n, known[row].n);
	} else {
		out->value = cbor_bstr(items, 1, VALUE_MAX);
	}
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

bool
eat_digest_same_alg(const struct eat_digest *a, const struct eat_digest *b)
{
	if (a->alg != 0 || b->alg != 0)
		return a->alg == b->alg;
	return bytes_same(a->name, b->name);
}
