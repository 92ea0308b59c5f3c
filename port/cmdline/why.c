/* why: refusals and failures, one line each, for people or for programs. */
#include "cmdline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/cbor.h>

/* The longest value shown; refusals quote, they do not dump. */
#define VALUE_TEXT 512

/* One value of a struct why in its safe form. */
static const char *
value_text(char out[VALUE_TEXT], enum why_kind kind, struct bytes b, uint64_t n)
{
	char diag[VALUE_TEXT];

	switch (kind) {
	case WHY_NONE:
		out[0] = 0;
		break;
	case WHY_HEX:
		hex_text(out, VALUE_TEXT, b);
		break;
	case WHY_TEXT:
		(void)safe_text(out, VALUE_TEXT, b);
		break;
	case WHY_UINT:
		(void)snprintf(out, VALUE_TEXT, "%llu", (unsigned long long)n);
		break;
	case WHY_CBOR:
		/* what is not CBOR after all is shown as octets */
		if (cbor_diag(b, true, SPAN_OF(diag)) == OK)
			(void)safe_text(out, VALUE_TEXT, bytes_of_text(diag));
		else
			hex_text(out, VALUE_TEXT, b);
		break;
	}
	return out;
}

/* A subject is a name, or a key id as lists and logs show it; other octets
 * that are no text go as hex. */
static const char *
subject_text(char out[VALUE_TEXT], struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < 0x20 || b.p[i] >= 0x7f) {
			if (b.n == KID_LEN)
				base64url_text(out, VALUE_TEXT, b);
			else
				hex_text(out, VALUE_TEXT, b);
			return out;
		}
	}
	return safe_text(out, VALUE_TEXT, b);
}

static bool
has_values(const struct why *w)
{
	return w->kind == WHY_UINT ||
	       (w->kind != WHY_NONE &&
		   (w->expected.p != NULL || w->found.p != NULL));
}

const char *
why_expected(char *out, size_t room, const struct why *w)
{
	char text[VALUE_TEXT];

	(void)snprintf(out, room, "%s",
	    value_text(text, w->kind, w->expected, w->expected_n));
	return out;
}

const char *
why_found(char *out, size_t room, const struct why *w)
{
	char text[VALUE_TEXT];

	(void)snprintf(
	    out, room, "%s", value_text(text, w->kind, w->found, w->found_n));
	return out;
}

static void
print_place(const char *prog, const char *file)
{
	(void)fprintf(stderr, "%s: ", prog);
	if (file != NULL) {
		safe_put(stderr, bytes_of_text(file));
		(void)fputs(": ", stderr);
	}
}

void
why_put(FILE *f, const struct why *w)
{
	const char *sep = " (", *end = "";
	char text[VALUE_TEXT];

	(void)fprintf(f, "%s: %s", err_name(w->err), err_text(w->err));
	if (w->at != 0) {
		(void)fprintf(f, "%soffset %zu", sep, w->at);
		sep = ", ", end = ")";
	}
	if (w->what != NULL) {
		(void)fprintf(f, "%s%s", sep, w->what);
		sep = ", ", end = ")";
	}
	if (has_values(w)) {
		if (w->kind == WHY_UINT || w->expected.p != NULL) {
			(void)fprintf(f, "%sexpected %s", sep,
			    value_text(
				text, w->kind, w->expected, w->expected_n));
			sep = ", ";
		}
		if (w->kind == WHY_UINT || w->found.p != NULL)
			(void)fprintf(f, "%sfound %s", sep,
			    value_text(text, w->kind, w->found, w->found_n));
		sep = ", ", end = ")";
	}
	if (w->source.n > 0) {
		(void)fprintf(f, "%saccording to ", sep);
		safe_put(f, w->source);
		sep = ", ", end = ")";
	}
	if (w->subject.n > 0) {
		(void)fprintf(
		    f, "%sabout %s", sep, subject_text(text, w->subject));
		end = ")";
	}
	(void)fputs(end, f);
}

/* Text that is safe already, as a JSON string. */
static void
put_safe(FILE *f, const char *text)
{
	(void)fputc('"', f);
	for (; *text != 0; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', f);
		(void)fputc(*text, f);
	}
	(void)fputc('"', f);
}

void
print_why(const char *prog, const char *file, const struct why *w)
{
	print_place(prog, file);
	why_put(stderr, w);
	(void)fputc('\n', stderr);
}

void
json_why(FILE *f, const char *file, const struct why *w)
{
	char text[VALUE_TEXT];

	(void)fprintf(f, "{\"ok\":%s", w->err == OK ? "true" : "false");
	if (file != NULL) {
		(void)fputs(",\"file\":", f);
		json_put(f, bytes_of_text(file));
	}
	(void)fprintf(f, ",\"error\":\"%s\",\"sentence\":\"%s\",\"offset\":%zu",
	    err_name(w->err), err_text(w->err), w->at);
	if (w->what != NULL) {
		(void)fputs(",\"what\":", f);
		json_put(f, bytes_of_text(w->what));
	}
	if (has_values(w)) {
		(void)fputs(",\"expected\":", f);
		put_safe(
		    f, value_text(text, w->kind, w->expected, w->expected_n));
		(void)fputs(",\"found\":", f);
		put_safe(f, value_text(text, w->kind, w->found, w->found_n));
	}
	if (w->source.n > 0) {
		(void)fputs(",\"source\":", f);
		json_put(f, w->source);
	}
	if (w->subject.n > 0) {
		(void)fputs(",\"subject\":", f);
		put_safe(f, subject_text(text, w->subject));
	}
	(void)fputc('}', f);
}

void
print_err(const char *prog, const char *file, enum err e)
{
	int saved = errno;

	print_place(prog, file);
	(void)fprintf(stderr, "%s: %s", err_name(e), err_text(e));
	if ((e == ERR_SYSTEM || e == ERR_NOT_FOUND) && saved != 0)
		(void)fprintf(stderr, " (%s)", strerror(saved));
	(void)fputc('\n', stderr);
}

_Noreturn void
die(const char *prog, enum exit_status status, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ", prog);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit((int)status);
}

_Noreturn void
die_usage(const char *prog, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ", prog);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "; try '%s --help'\n", prog);
	exit(EXIT_USAGE);
}
