/* words: values in words. */
#include "words.h"

#include <string.h>
#include <tamarind/cose.h>
#include <time.h>

/* Of cmd/teep's tables. */
const char *cose_alg_name(int64_t alg);

const char *
alg_words(int64_t alg)
{
	const char *name = cose_alg_name(alg);

	return name != NULL ? name : "an unknown algorithm";
}

const char *
section_words(unsigned key)
{
	return key == SUIT_COMMON ? "shared-sequence" : suit_member_name(key);
}

const struct item *
digest_of_value(struct pool *p, const struct item *value)
{
	const struct item *d = model_inside(p, value), *octets = item_at(d, 1);

	return d != NULL && d->type == CBOR_ARRAY && octets != NULL &&
		       octets->type == CBOR_BSTR
		   ? d
		   : NULL;
}

static void
say_hex(FILE *f, struct bytes b, size_t most)
{
	for (size_t i = 0; i < b.n && i < most; i++)
		(void)fprintf(f, "%02x", b.p[i]);
	if (b.n > most)
		(void)fputs("...", f);
}

void
say_digest(FILE *f, const struct item *digest, bool whole)
{
	const struct item *octets = item_at(digest, 1);
	int64_t alg;

	if (octets == NULL || !item_number(digest->first, &alg)) {
		(void)fputs("no digest", f);
		return;
	}
	(void)fprintf(f, "%s ", alg_words(alg));
	say_hex(f, octets->text, whole ? SIZE_MAX : 8);
}

void
say_octets(FILE *f, uint64_t n)
{
	(void)fprintf(
	    f, "%llu octet%s", (unsigned long long)n, n == 1 ? "" : "s");
}

static bool
spells(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] > 0x7e || b.p[i] == '"')
			return false;
	return b.n > 0;
}

void
say_bytes(FILE *f, struct bytes b)
{
	if (spells(b) && b.n <= 64) {
		(void)fputc('"', f);
		safe_put(f, b);
		(void)fputc('"', f);
		return;
	}
	if (b.n == 0)
		(void)fputs("nothing", f);
	say_hex(f, b, 32);
}

void
say_kid(FILE *f, struct bytes kid)
{
	char text[KID_TEXT];

	if (kid.n != KID_LEN) {
		say_bytes(f, kid);
		return;
	}
	base64url_text(text, sizeof(text), kid);
	(void)fputs(text, f);
}

/* Whatever stands where something else should. */
static void
say_odd(FILE *f, const struct item *value)
{
	static uint8_t room[1024];

	if (value->at != NULL &&
	    cbor_diag(model_raw(value), false, SPAN_OF(room)) == OK)
		(void)fputs((const char *)room, f);
	else
		(void)fputs("something odd", f);
}

void
say_text(FILE *f, const struct item *value)
{
	if (value->type == CBOR_TSTR)
		safe_put(f, value->text);
	else
		say_odd(f, value);
}

void
say_id(FILE *f, const struct item *value)
{
	char text[UUID_TEXT];

	if (value->type == CBOR_BSTR && value->text.n == 16) {
		uuid_text(text, value->text.p);
		(void)fputs(text, f);
	} else {
		say_odd(f, value);
	}
}

void
say_encryption(FILE *f, struct pool *p, const struct item *value)
{
	const struct item *cose = model_inside(p, value), *to, *map;
	int64_t alg = 0;

	if (cose != NULL && cose->type == CBOR_TAG)
		cose = cose->first;
	map = model_inside(p, item_at(cose, 0));
	if (!item_number(item_get(map, 1), &alg))
		(void)item_number(item_get(item_at(cose, 1), 1), &alg);
	(void)fprintf(f, "%s", alg_words(alg));
	to = item_at(item_at(cose, 3), 0);
	if (to == NULL)
		(void)fputs(", to nobody", f);
	for (unsigned n = 0; to != NULL; to = to->next, n++) {
		const struct item *kid = item_get(item_at(to, 1), 4);

		map = model_inside(p, item_at(to, 0));
		alg = 0;
		if (!item_number(item_get(map, 1), &alg))
			(void)item_number(item_get(item_at(to, 1), 1), &alg);
		(void)fputs(n == 0 ? " to " : ", ", f);
		if (kid != NULL && kid->type == CBOR_BSTR) {
			(void)fputs("key ", f);
			say_kid(f, kid->text);
		} else {
			(void)fputs("a key without name", f);
		}
		(void)fprintf(f, " (%s)", alg_words(alg));
	}
}

void
say_version(FILE *f, const struct item *list)
{
	static const char *const classes[] = {"rc", "beta", "alpha"};
	const struct item *in;
	const char *between = "";
	int64_t n;

	if (list == NULL || list->type != CBOR_ARRAY) {
		(void)fputs("?", f);
		return;
	}
	for (in = list->first; in != NULL; in = in->next) {
		if (!item_number(in, &n))
			continue;
		if (n < 0 && n >= -3)
			(void)fprintf(f, "-%s", classes[-1 - n]);
		else
			(void)fprintf(f, "%s%lld", between, (long long)n);
		between = ".";
	}
}

static void
say_time(FILE *f, const struct item *v)
{
	time_t t = (time_t)v->arg;
	char text[40];
	struct tm tm;

	if (v->type == CBOR_UINT && v->arg <= UINT64_C(253402300799) &&
	    gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		(void)fputs(text, f);
	else
		say_odd(f, v);
}

static void
say_match(FILE *f, const struct item *match)
{
	static const char *const words[] = {
	    "above ", "at least ", "exactly ", "at most ", "below "};
	int64_t cmp;

	if (item_number(item_at(match, 0), &cmp) && cmp >= 1 && cmp <= 5)
		(void)fputs(words[cmp - 1], f);
	say_version(f, item_at(match, 1));
}

void
say_value(FILE *f, struct pool *p, int64_t label, const struct item *v)
{
	const struct item *d;

	switch (label) {
	case 1:
	case 2:
	case 24:
		say_id(f, v);
		break;
	case 3:
		d = digest_of_value(p, v);
		if (d == NULL)
			say_odd(f, v);
		else
			say_digest(f, d, false);
		break;
	case 4:
		say_time(f, v);
		break;
	case 14:
		if (v->type == CBOR_UINT)
			say_octets(f, v->arg);
		else
			say_odd(f, v);
		break;
	case 18:
	case 23:
	case 25:
		if (v->type == CBOR_BSTR)
			say_bytes(f, v->text);
		else
			say_odd(f, v);
		break;
	case 19:
		say_encryption(f, p, v);
		break;
	case 21:
		say_text(f, v);
		break;
	case 26:
		say_odd(f, v);
		(void)fputs(" mWh", f);
		break;
	case 28:
		say_match(f, model_inside(p, v));
		break;
	default:
		say_odd(f, v);
		break;
	}
}

/* ---- who signed ---------------------------------------------------------- */

#define TAG_MAC0 17

enum block_verdict
block_check(const struct crypto *c, const struct keyring *ring,
    const struct model *m, const struct block *b, uint8_t kid[KID_LEN])
{
	const struct item *first =
	    item_at(model_inside(m->pool, item_get(m->envelope, 2)), 0);
	struct verified v;
	enum err e;

	if ((b->tag != TAG_SIGN1 && b->tag != TAG_MAC0) || first == NULL ||
	    first->type != CBOR_BSTR)
		return BLOCK_ODD;
	e = b->tag == TAG_MAC0 ? cose_mac0_verify_detached(c, ring,
				     b->item->text, first->text, &v, NULL)
			       : cose_verify_detached(c, ring,
				     ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC,
				     b->item->text, first->text, &v, NULL);
	if (e == OK) {
		memcpy(kid, v.kid, KID_LEN);
		return BLOCK_GOOD;
	}
	/* without a key id it may be any other key's; those of MACs have none
	 */
	if (e == ERR_SIGNATURE && b->kid.n > 0 && b->tag == TAG_SIGN1)
		return BLOCK_WRONG;
	return e == ERR_UNKNOWN_KEY || e == ERR_SIGNATURE ? BLOCK_UNKNOWN
							  : BLOCK_ODD;
}
