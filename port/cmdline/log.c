/* log: one JSON line on stderr for each event of a daemon. */
#include "cmdline.h"

#include <string.h>
#include <time.h>

/* Set once at start, before threads. */
static enum log_level most_shown = LEVEL_INFO;

static const char *const level_name[] = {"error", "warn", "info", "debug"};

static bool quiet;

void
log_quiet(void)
{
	quiet = true;
}

void
log_set_level(enum log_level most)
{
	most_shown = most;
}

enum err
log_level_read(const char *text, enum log_level *out)
{
	for (size_t i = 0; i < ARRAY_LEN(level_name); i++) {
		if (strcmp(text, level_name[i]) == 0) {
			*out = (enum log_level)i;
			return OK;
		}
	}
	return ERR_TEXT;
}

static void
put_time(FILE *f)
{
	struct timespec now;
	struct tm tm;
	char day[32];

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    gmtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		(void)fputs("null", f);
		return;
	}
	(void)fprintf(f, "\"%s.%03ldZ\"", day, now.tv_nsec / 1000000);
}

static void
put_field(FILE *f, const struct log_field *v)
{
	char kid[KID_TEXT];

	(void)fprintf(f, ",\"%s\":", v->key);
	switch (v->kind) {
	case LOG_K_TEXT:
		json_put(f, v->b);
		break;
	case LOG_K_UINT:
		(void)fprintf(f, "%llu", (unsigned long long)v->n);
		break;
	case LOG_K_HEX:
		(void)fputc('"', f);
		for (size_t i = 0; i < v->b.n; i++)
			(void)fprintf(f, "%02x", v->b.p[i]);
		(void)fputc('"', f);
		break;
	case LOG_K_KID:
		base64url_text(kid, sizeof(kid), v->b);
		(void)fprintf(f, "\"%s\"", kid);
		break;
	}
}

void
log_write(enum log_level level, const char *event,
    const struct log_field *field, size_t n)
{
	if (quiet || level > most_shown)
		return;
	/* lines of threads must not mix */
	flockfile(stderr);
	(void)fputs("{\"time\":", stderr);
	put_time(stderr);
	(void)fprintf(stderr, ",\"level\":\"%s\",\"event\":\"%s\"",
	    level_name[level], event);
	for (size_t i = 0; i < n; i++)
		put_field(stderr, &field[i]);
	(void)fputs("}\n", stderr);
	funlockfile(stderr);
}
