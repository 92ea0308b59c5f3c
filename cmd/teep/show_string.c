/*
 * show_string: the walk: byte strings that hold something.
 */
#include "show_int.h"

/* A byte string; of one that ends too early, what is there. */
static struct bytes
string_or_rest(struct cbor_in *r, bool *cut)
{
	struct cbor_in copy = *r;
	struct bytes b = cbor_bstr(&copy, 0, LEN_ANY);
	size_t left = r->in.n - r->at, head = 1;

	*cut = false;
	if (copy.err == ERR_TRUNCATED && left > 0) {
		unsigned info = r->in.p[r->at] & 31;

		if (info >= 24)
			head += (size_t)1 << (info & 3);
		if (head < left) {
			*cut = true;
			b = (struct bytes){here(r) + head, left - head};
			r->at = r->in.n;
			return b;
		}
	}
	*r = copy;
	return b;
}

void
show_check(struct show *s, struct bytes b)
{
	size_t at;
	enum err e = cbor_check(b, &at);

	if (e != OK)
		show_fault(s, e, NULL, b.p + at);
}

void
show_wrap(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	bool cut;
	struct bytes b = string_or_rest(r, &cut);
	struct cbor_in in = cbor_open(b);

	if (show_failed(s, r))
		return;
	if (b.n == 0) {
		line_begin(s, l, p);
		put(s, "empty");
		line_end(s);
		return;
	}
	s->wrapped = b.n;
	s->is_wrapped = true;
	show_item(s, &in, l, shape->of);
	s->is_wrapped = false;
	show_check(s, b);
	if (cut)
		cbor_fail(r, ERR_TRUNCATED);
	(void)show_failed(s, r);
}

/* May b be opened though nobody knows what it is?  Containers only: a short
 * octet string is too easily a number. */
static bool
opens(struct bytes b)
{
	struct cbor_in r = cbor_open(b);
	enum cbor_type t = cbor_peek(&r);
	size_t at;

	return b.n > 1 && t >= CBOR_ARRAY && t <= CBOR_TAG &&
	       cbor_check(b, &at) == OK;
}

void
show_content(struct show *s, struct bytes b, const struct label *l)
{
	const struct kind *k = kind_of(b);
	struct cbor_in in = cbor_open(b);

	if (k == NULL && !opens(b)) {
		line_begin(s, l, b.p);
		put_hex(s, b);
		line_end(s);
		return;
	}
	s->wrapped = b.n;
	s->is_wrapped = true;
	show_item(s, &in, l, k == NULL ? &shape_any : k->shape);
	s->is_wrapped = false;
	show_check(s, b);
}

void
show_open(struct show *s, struct cbor_in *r, const struct label *l)
{
	bool cut;
	struct bytes b = string_or_rest(r, &cut);

	if (show_failed(s, r))
		return;
	show_content(s, b, l);
	if (cut)
		cbor_fail(r, ERR_TRUNCATED);
	(void)show_failed(s, r);
}
