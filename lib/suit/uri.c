/*
 * uri: what a relative reference means.                     [RFC 3986 5.2]
 *
 * Only that: whether a URI may be fetched, and whether it is one, is for the
 * host to say.
 */
#include "suit_int.h"

#include <string.h>

/* A URI or reference in its parts; p NULL: not there.  The path is. */
struct parts {
	struct bytes scheme, authority, path, query, fragment;
};

/* How many octets of b stand before the first one of stop. */
static size_t
before(struct bytes b, const char *stop)
{
	size_t n = 0;

	while (n < b.n && (b.p[n] == 0 || strchr(stop, b.p[n]) == NULL))
		n++;
	return n;
}

static struct bytes
take(struct bytes *b, size_t n)
{
	struct bytes head = {b->p, n};

	if (n > 0) /* an absent one has no octets to count from */
		b->p += n;
	b->n -= n;
	return head;
}

static bool
letter(uint8_t c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Octets of a scheme at the beginning, without its colon; 0: there is none. */
static size_t
scheme_length(struct bytes uri)
{
	size_t n = before(uri, ":/?#");

	if (n == uri.n || uri.p[n] != ':' || n == 0 || !letter(uri.p[0]))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!letter(uri.p[i]) &&
		    strchr("0123456789+-.", uri.p[i]) == NULL)
			return 0;
	return n;
}

bool
uri_relative(struct bytes uri)
{
	return scheme_length(uri) == 0;
}

static struct parts
split(struct bytes uri)
{
	struct parts u = {.scheme = BYTES_NONE};
	size_t n = scheme_length(uri);

	if (n > 0) {
		u.scheme = take(&uri, n);
		(void)take(&uri, 1);
	}
	if (uri.n >= 2 && uri.p[0] == '/' && uri.p[1] == '/') {
		(void)take(&uri, 2);
		u.authority = take(&uri, before(uri, "/?#"));
	}
	u.path = take(&uri, before(uri, "?#"));
	if (uri.n > 0 && uri.p[0] == '?') {
		(void)take(&uri, 1);
		u.query = take(&uri, before(uri, "#"));
	}
	if (uri.n > 0) {
		(void)take(&uri, 1);
		u.fragment = uri;
	}
	return u;
}

/* ---- writing ----------------------------------------------------------- */

struct text {
	struct span room;
	size_t at, path; /* where the path begins */
	bool full;
};

static void
put(struct text *t, struct bytes b)
{
	if (b.n > t->room.n - t->at) {
		t->full = true;
		return;
	}
	if (b.n > 0)
		memcpy(t->room.p + t->at, b.p, b.n);
	t->at += b.n;
}

static void
put_after(struct text *t, struct bytes mark, struct bytes b)
{
	if (b.p == NULL)
		return;
	put(t, mark);
	put(t, b);
}

/* Write the segments of a path, dots removed; ".." goes no higher than the
 * path began.                                          [RFC 3986 5.2.4] */
static void
put_segments(struct text *t, struct bytes path)
{
	const struct bytes slash = BYTES_LIT("/");
	bool more;

	if (path.n > 0 && path.p[0] == '/')
		(void)take(&path, 1);
	do {
		struct bytes seg = take(&path, before(path, "/"));
		bool up = bytes_same(seg, BYTES_LIT(".."));

		more = path.n > 0;
		if (more)
			(void)take(&path, 1);
		while (up && t->at > t->path)
			if (t->room.p[--t->at] == '/')
				break;
		if (!up && !bytes_same(seg, BYTES_LIT(".")))
			put_after(t, slash, seg);
		else if (!more)
			put(t, slash);
	} while (more);
}

/* The path of ref, beside the last segment of base's.  [RFC 3986 5.2.3] */
static void
put_merged(struct text *t, struct bytes base, struct bytes ref)
{
	while (base.n > 0 && base.p[base.n - 1] != '/')
		base.n--;
	if (base.n > 1) {
		base.n--;
		put_segments(t, base);
	}
	put_segments(t, ref);
}

static void
put_path(struct text *t, const struct parts *base, const struct parts *ref)
{
	struct bytes query = ref->query;

	t->path = t->at;
	if (ref->authority.p != NULL) {
		if (ref->path.n > 0)
			put_segments(t, ref->path);
	} else if (ref->path.n == 0) {
		put(t, base->path);
		if (query.p == NULL)
			query = base->query;
	} else if (ref->path.p[0] == '/') {
		put_segments(t, ref->path);
	} else {
		put_merged(t, base->path, ref->path);
	}
	put_after(t, BYTES_LIT("?"), query);
}

enum err
uri_resolve(
    struct bytes base, struct bytes uri, struct span room, struct bytes *out)
{
	struct parts b = split(base), ref = split(uri);
	struct text t = {.room = room};

	*out = BYTES_NONE;
	if (room.n > SUIT_URI_MAX)
		t.room.n = SUIT_URI_MAX;
	/* nothing is relative to "urn:x" */
	if (b.scheme.n == 0 ||
	    (b.authority.p == NULL && (b.path.n == 0 || b.path.p[0] != '/')))
		return ERR_URI;
	put(&t, b.scheme);
	put(&t, BYTES_LIT(":"));
	put_after(&t, BYTES_LIT("//"),
	    ref.authority.p != NULL ? ref.authority : b.authority);
	put_path(&t, &b, &ref);
	put_after(&t, BYTES_LIT("#"), ref.fragment);
	if (t.full)
		return ERR_TOO_LONG;
	*out = (struct bytes){t.room.p, t.at};
	return OK;
}
