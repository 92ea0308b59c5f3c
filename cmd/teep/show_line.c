/*
 * show_line: lines of the printed tree, as text or as JSON.
 *
 * Everything foreign leaves through put_foreign, put_hex or put_diag, which
 * print nothing but printable ASCII.                       [security 19]
 */
#include "show.h"

#include <stdarg.h>
#include <string.h>

/* The offset of p in the file, or in the plaintext that stands for it. */
static size_t
offset(const struct show *s, const uint8_t *p)
{
	return p == NULL || p < s->file.p ? 0 : (size_t)(p - s->file.p);
}

static void
out_char(struct show *s, char c)
{
	if (s->json && (c == '"' || c == '\\'))
		(void)fputc('\\', s->out);
	(void)fputc(c, s->out);
}

static void
out_text(struct show *s, const char *text)
{
	while (*text != 0)
		out_char(s, *text++);
}

/* A value follows the label. */
static void
value(struct show *s)
{
	if (!s->value_open)
		(void)fputs(s->json ? ",\"value\":\"" : ": ", s->out);
	else if (s->after_tag)
		out_char(s, ' ');
	s->value_open = true;
	s->after_tag = false;
}

void
put(struct show *s, const char *format, ...)
{
	char room[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(room, sizeof(room), format, ap);
	va_end(ap);
	value(s);
	out_text(s, room);
}

static void
safe(struct show *s, struct bytes b)
{
	char room[64 * 4 + 4];

	while (b.n > 0) {
		struct bytes part = {b.p, b.n < 64 ? b.n : 64};

		out_text(s, safe_text(room, sizeof(room), part));
		b.p += part.n;
		b.n -= part.n;
	}
}

void
put_foreign(struct show *s, struct bytes b)
{
	size_t n = b.n;

	value(s);
	if (!s->full && n > SHOW_TEXT_MAX)
		b.n = SHOW_TEXT_MAX;
	out_char(s, '"');
	safe(s, b);
	out_char(s, '"');
	if (b.n < n)
		put(s, "... (%zu octets)", n);
}

void
put_hex(struct show *s, struct bytes b)
{
	size_t n = b.n;
	char two[3];

	value(s);
	if (!s->full && n > SHOW_HEX_MAX)
		b.n = SHOW_HEX_MAX / 2;
	for (size_t i = 0; i < b.n; i++) {
		hex_text(two, sizeof(two), (struct bytes){b.p + i, 1});
		out_text(s, two);
	}
	if (b.n < n)
		put(s, "... (%zu octets)", n);
	else if (n == 0)
		put(s, "(0 octets)");
}

void
put_diag(struct show *s, struct bytes item)
{
	char room[SHOW_TEXT_MAX];

	value(s);
	/* what stands at a fault is cut there */
	if (cbor_diag(item, false, SPAN_OF(room)) != OK)
		put(s, "(not CBOR)");
	else
		out_text(s, room);
}

void
put_kid(struct show *s, struct bytes kid)
{
	char brief[KID_SHORT];

	if (kid.n != KID_LEN) {
		put_hex(s, kid);
		return;
	}
	kid_short(brief, kid.p);
	put(s, "%s ", brief);
	put_hex(s, kid);
}

void
line_tag(struct show *s, uint64_t tag, const char *name)
{
	s->tagged = true;
	s->tag = tag;
	s->tag_name = name;
}

/* The tag that was announced for this line. */
static void
put_tag(struct show *s)
{
	if (s->tag_name != NULL)
		put(s, "%s (%llu)", s->tag_name, (unsigned long long)s->tag);
	else
		put(s, "tag %llu", (unsigned long long)s->tag);
	s->tagged = false;
	s->after_tag = true;
}

/* A key that is neither number nor text. */
static const char *
raw_text(char room[SHOW_TEXT_MAX], struct bytes item)
{
	enum err e = cbor_diag(
	    item, false, (struct span){(uint8_t *)room, SHOW_TEXT_MAX});

	return e == OK ? room : "?";
}

static void
text_label(struct show *s, const struct label *l)
{
	char room[SHOW_TEXT_MAX];

	switch (l->kind) {
	case LABEL_NAME:
		(void)fputs(l->name, s->out);
		break;
	case LABEL_KEY:
		if (l->name != NULL)
			(void)fprintf(
			    s->out, "%s (%lld)", l->name, (long long)l->number);
		else
			(void)fprintf(s->out, "%lld", (long long)l->number);
		break;
	case LABEL_INDEX:
		(void)fprintf(s->out, "[%lld]", (long long)l->number);
		break;
	case LABEL_TEXT:
		out_char(s, '"');
		safe(s, l->text);
		out_char(s, '"');
		break;
	case LABEL_RAW:
		(void)fputs(raw_text(room, l->text), s->out);
		break;
	}
}

static void
json_label(struct show *s, const struct label *l, const uint8_t *p)
{
	if (l->name != NULL)
		(void)fprintf(s->out, "\"name\":\"%s\",", l->name);
	if (l->kind == LABEL_KEY)
		(void)fprintf(s->out, "\"key\":%lld,", (long long)l->number);
	if (l->kind == LABEL_INDEX)
		(void)fprintf(s->out, "\"index\":%lld,", (long long)l->number);
	if (l->kind == LABEL_TEXT || l->kind == LABEL_RAW) {
		char room[SHOW_TEXT_MAX];

		(void)fputs("\"text\":", s->out);
		json_put(s->out, l->kind == LABEL_TEXT
				     ? l->text
				     : bytes_of_text(raw_text(room, l->text)));
		(void)fputc(',', s->out);
	}
	(void)fprintf(s->out, "\"offset\":%zu", offset(s, p));
}

static void
close_node(struct show *s)
{
	if (s->node_open && s->items_open)
		(void)fputc(']', s->out);
	if (s->node_open)
		(void)fputc('}', s->out);
	s->node_open = s->items_open = false;
}

/* A new object among its siblings. */
static void
json_node(struct show *s)
{
	close_node(s);
	if (!s->node_first)
		(void)fputc(',', s->out);
	(void)fputc('{', s->out);
	s->node_open = true;
	s->node_first = false;
}

void
line_begin(struct show *s, const struct label *l, const uint8_t *p)
{
	s->value_open = false;
	if (s->json) {
		json_node(s);
		json_label(s, l, p);
	} else {
		(void)fprintf(s->out, "%*s", (int)(2 * s->level), "");
		text_label(s, l);
	}
	if (s->tagged)
		put_tag(s);
}

void
line_end(struct show *s)
{
	bool wrapped = s->is_wrapped;

	s->is_wrapped = false;
	if (s->json) {
		if (s->value_open)
			(void)fputc('"', s->out);
		if (wrapped)
			(void)fprintf(s->out, ",\"wrapped\":%zu", s->wrapped);
	} else {
		if (wrapped)
			(void)fprintf(s->out, " <%zu octets>", s->wrapped);
		(void)fputc('\n', s->out);
	}
	s->value_open = false;
}

void
level_in(struct show *s)
{
	s->level++;
	if (!s->json)
		return;
	if (s->items_open) { /* more of the same item */
		s->node_first = s->items_none;
		s->items_open = s->node_open = false;
		return;
	}
	(void)fputs(",\"items\":[", s->out);
	s->node_open = false;
	s->node_first = true;
}

void
level_out(struct show *s)
{
	s->level--;
	if (!s->json)
		return;
	close_node(s);
	s->items_none = s->node_first;
	s->node_open = s->items_open = true;
	s->node_first = false;
}

void
lines_end(struct show *s)
{
	close_node(s);
}

void
show_fault(struct show *s, enum err e, const char *what, const uint8_t *p)
{
	/* One line a place: who walks, who checks and who parses agree.  What
	 * ends too early does so for everything around it. */
	if (s->fault.err != OK &&
	    (p == s->told_at ||
		(e == ERR_TRUNCATED && s->told == ERR_TRUNCATED)))
		return;
	s->told_at = p;
	s->told = e;
	if (what == NULL)
		what = s->field;
	if (s->fault.err == OK) {
		s->fault = (struct why){.err = e, .what = what};
		s->fault.at = offset(s, p);
	}
	if (s->json) {
		json_node(s);
		(void)fprintf(s->out,
		    "\"fault\":\"%s\",\"sentence\":\"%s\",\"offset\":%zu",
		    err_name(e), err_text(e), offset(s, p));
		if (what != NULL)
			(void)fprintf(s->out, ",\"field\":\"%s\"", what);
		return;
	}
	(void)fprintf(s->out, "%*s!! %s: %s (offset %zu%s%s)\n",
	    (int)(2 * s->level), "", err_name(e), err_text(e), offset(s, p),
	    what != NULL ? ", " : "", what != NULL ? what : "");
}

void
show_why(struct show *s, const struct why *w, const uint8_t *base)
{
	show_fault(s, w->err, w->what, base + w->at);
}

void
put_trust(struct show *s)
{
	switch (s->trust) {
	case TRUST_UNSIGNED:
		put(s, "unsigned");
		break;
	case TRUST_NOT_VERIFIED:
	case TRUST_VERIFIED:
	case TRUST_WRONG:
		put(s, "%s", s->trust_text);
		break;
	}
	s->trust = TRUST_UNSIGNED;
}
