/*
 * diff: two manifests in words: what the second one changes.
 */
#include "gather.h"
#include "trust.h"
#include "words.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Lines of a section that are compared; more are told as changed. */
#define LINES_MAX 2000

struct side {
	const char *file;
	struct bytes in;
	struct pool pool;
	struct model *m;
	struct gather g;
};

struct diff {
	struct side a, b;
	const struct crypto *crypto;
	struct key_ring *ring;
	size_t found;
	const char *head; /* of what follows, until there is a line */
};

/* ---- telling ----------------------------------------------------------------
 */

static void
line(struct diff *d)
{
	if (d->head != NULL)
		(void)printf("%s\n", d->head);
	d->head = NULL;
	d->found++;
}

static FILE *
text_begin(char **text, size_t *n)
{
	FILE *f = open_memstream(text, n);

	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	return f;
}

static void
text_end(FILE *f)
{
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
}

/* One line if they are not the same; takes both over. */
static void
compare(struct diff *d, const char *what, char *a, char *b)
{
	const char *none = "none";

	if (strcmp(a, b) != 0) {
		line(d);
		(void)printf("  %s: %s -> %s\n", what, *a != 0 ? a : none,
		    *b != 0 ? b : none);
	}
	free(a);
	free(b);
}

/* ---- values
 * ------------------------------------------------------------------ */

/* All values of a parameter, each once: "A or B". */
static char *
values(struct side *s, struct bytes id, int64_t command, int64_t label)
{
	const struct item *v;
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	for (size_t i = 0;
	     (v = gather_find(&s->g, command, label, id, i)) != NULL; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = bytes_same(model_raw(gather_find(
					       &s->g, command, label, id, k)),
			    model_raw(v));
		if (again)
			continue;
		if (i > 0)
			(void)fputs(" or ", f);
		say_value(f, s->m->pool, label, v);
	}
	text_end(f);
	return text;
}

static char *
foreign(struct bytes b)
{
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	safe_put(f, b);
	text_end(f);
	return text;
}

static char *
digest(const struct side *s)
{
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	if (s->m->digest != NULL)
		say_digest(f, s->m->digest, false);
	text_end(f);
	return text;
}

static char *
number(bool there, uint64_t v)
{
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	if (there)
		(void)fprintf(f, "%llu", (unsigned long long)v);
	text_end(f);
	return text;
}

static char *
bound(const struct model *m, void (*say)(FILE *f, const struct model *m))
{
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	say(f, m);
	text_end(f);
	return text;
}

/* ---- who
 * ----------------------------------------------------------------------- */

static char *
signer(struct diff *d, const struct model *m, const struct block *b)
{
	struct keyring view = key_ring_view(d->ring);
	uint8_t kid[KID_LEN];
	char *text;
	size_t n;
	FILE *f = text_begin(&text, &n);

	if (block_check(d->crypto, &view, m, b, kid) == BLOCK_GOOD) {
		safe_put(f, bytes_of_text(key_ring_name(d->ring, kid)));
	} else {
		(void)fputs("key ", f);
		if (b->kid.p != NULL)
			say_kid(f, b->kid);
		else
			(void)fputs("without name", f);
	}
	(void)fprintf(f, " (%s)", alg_words(b->alg));
	text_end(f);
	return text;
}

/* The blocks of one that the other has none like. */
static void
signers_of(
    struct diff *d, const struct side *s, const struct side *other, char mark)
{
	for (size_t i = 0; i < s->m->n_blocks; i++) {
		char *who = signer(d, s->m, &s->m->block[i]);
		bool there = false;

		for (size_t k = 0; k < other->m->n_blocks && !there; k++) {
			char *o = signer(d, other->m, &other->m->block[k]);

			there = strcmp(o, who) == 0;
			free(o);
		}
		if (!there) {
			line(d);
			(void)printf("  %c signed by %s\n", mark, who);
		}
		free(who);
	}
}

static bool
digests_differ(const struct diff *d)
{
	const struct item *a = d->a.m->digest, *b = d->b.m->digest;

	return a != NULL && b != NULL &&
	       !bytes_same(model_raw(a), model_raw(b));
}

static void
diff_manifest(struct diff *d)
{
	const struct model *a = d->a.m, *b = d->b.m;

	d->head = "manifest";
	compare(d, "identifier", foreign(bytes_of_text(a->id_name)),
	    foreign(bytes_of_text(b->id_name)));
	compare(d, "sequence number", number(a->has_sequence, a->sequence),
	    number(b->has_sequence, b->sequence));
	if (a->has_sequence && b->has_sequence && b->sequence < a->sequence)
		(void)puts("    devices that have the first refuse the second");
	compare(d, "digest", digest(&d->a), digest(&d->b));
	if (a->has_sequence && b->has_sequence && a->sequence == b->sequence &&
	    digests_differ(d) && bytes_same(a->id, b->id))
		(void)puts("    two manifests with one number: devices that "
			   "have one refuse the other");
	compare(d, "reference URI", foreign(a->uri), foreign(b->uri));
	compare(d, "version of the set", bound(a, say_set_version),
	    bound(b, say_set_version));
	compare(d, "bill of materials", bound(a, say_bill), bound(b, say_bill));
	compare(d, "description", foreign(model_text(a, NULL, 1)),
	    foreign(model_text(b, NULL, 1)));
	signers_of(d, &d->a, &d->b, '-');
	signers_of(d, &d->b, &d->a, '+');
}

static void
diff_for(struct diff *d)
{
	d->head = "for devices of";
	compare(d, "vendor", values(&d->a, BYTES_NONE, 1, 1),
	    values(&d->b, BYTES_NONE, 1, 1));
	compare(d, "class", values(&d->a, BYTES_NONE, 2, 2),
	    values(&d->b, BYTES_NONE, 2, 2));
	compare(d, "device", values(&d->a, BYTES_NONE, 24, 24),
	    values(&d->b, BYTES_NONE, 24, 24));
}

/* ---- components
 * ------------------------------------------------------------------ */

static const struct place *
place_like(const struct model *m, const struct place *p)
{
	for (size_t i = 0; i < m->n_places; i++)
		if (bytes_same(m->place[i].id, p->id))
			return &m->place[i];
	return NULL;
}

static void
places_of(
    struct diff *d, const struct side *s, const struct side *other, char mark)
{
	for (size_t i = 0; i < s->m->n_places; i++) {
		const struct place *p = &s->m->place[i];

		if (place_like(other->m, p) != NULL)
			continue;
		line(d);
		(void)printf("  %c %s %s\n", mark,
		    p->dependency ? "dependency" : "component", p->name);
	}
}

static void
diff_place(struct diff *d, const struct place *p)
{
	static const struct {
		int64_t label;
		const char *what;
	} rows[] = {
	    {14, "size"},
	    {3, "digest"},
	    {21, "from"},
	    {18, "content"},
	    {19, "encryption"},
	    {23, "arguments"},
	    {28, "version"},
	    {5, "slot"},
	};
	char *head;
	size_t n;
	FILE *f = text_begin(&head, &n);

	(void)fprintf(
	    f, "%s %s", p->dependency ? "dependency" : "component", p->name);
	text_end(f);
	d->head = head;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		compare(d, rows[i].what, values(&d->a, p->id, 0, rows[i].label),
		    values(&d->b, p->id, 0, rows[i].label));
	compare(d, "description", foreign(model_text(d->a.m, &p->id, 5)),
	    foreign(model_text(d->b.m, &p->id, 5)));
	compare(d, "version in words", foreign(model_text(d->a.m, &p->id, 6)),
	    foreign(model_text(d->b.m, &p->id, 6)));
	d->head = NULL;
	free(head);
}

static void
diff_places(struct diff *d)
{
	d->head = "components";
	places_of(d, &d->a, &d->b, '-');
	places_of(d, &d->b, &d->a, '+');
	for (size_t i = 0; i < d->a.m->n_places; i++) {
		const struct place *p = &d->a.m->place[i];

		if (p->id.n > 0 && place_like(d->b.m, p) != NULL)
			diff_place(d, p);
	}
}

/* ---- payloads
 * ---------------------------------------------------------------------- */

static void
payloads_of(
    struct diff *d, const struct side *s, const struct side *other, char mark)
{
	const struct item *k, *v;

	for (k = s->m->envelope->first; k != NULL; k = k->next->next) {
		/* what is no string of octets is no payload */
		if (k->type != CBOR_TSTR || k->next->type != CBOR_BSTR)
			continue;
		v = model_payload(other->m, k->text);
		if (v != NULL && bytes_same(v->text, k->next->text))
			continue;
		if (v != NULL && mark == '-')
			continue; /* told once, as changed */
		line(d);
		(void)printf("  %c ", v != NULL ? '~' : mark);
		safe_put(stdout, k->text);
		(void)fputs(", ", stdout);
		if (v != NULL) {
			say_octets(stdout, v->text.n);
			(void)fputs(" -> ", stdout);
		}
		say_octets(stdout, k->next->text.n);
		(void)fputc('\n', stdout);
	}
}

/* ---- sections
 * ------------------------------------------------------------------------ */

static size_t
split(char *text, char **lines)
{
	size_t n = 0;

	for (char *at = text; *at != 0 && n < LINES_MAX; n++) {
		char *end = strchr(at, '\n');

		lines[n] = at;
		if (end == NULL)
			return n + 1;
		*end = 0;
		at = end + 1;
	}
	return n;
}

/* Without the dash of a step, for a mark stands before it. */
static void
put_line(struct diff *d, char mark, const char *text)
{
	line(d);
	(void)printf(
	    "  %c %s\n", mark, strncmp(text, "- ", 2) == 0 ? text + 2 : text);
}

/* The longest common list of lines tells which were kept. */
static void
diff_lines(struct diff *d, char **a, size_t n, char **b, size_t m)
{
	uint16_t *len = calloc((n + 1) * (m + 1), sizeof(*len));
	size_t i = 0, k = 0;

	if (len == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
#define LEN(x, y) len[(x) * (m + 1) + (y)]
	for (i = n; i-- > 0;)
		for (k = m; k-- > 0;)
			LEN(i, k) = strcmp(a[i], b[k]) == 0
					? (uint16_t)(LEN(i + 1, k + 1) + 1)
				    : LEN(i + 1, k) > LEN(i, k + 1)
					? LEN(i + 1, k)
					: LEN(i, k + 1);
	i = k = 0;
	while (i < n || k < m) {
		if (i < n && k < m && strcmp(a[i], b[k]) == 0) {
			i++;
			k++;
		} else if (i < n &&
			   (k == m || LEN(i + 1, k) >= LEN(i, k + 1))) {
			put_line(d, '-', a[i++]);
		} else {
			put_line(d, '+', b[k++]);
		}
	}
#undef LEN
	free(len);
}

static void
diff_section(struct diff *d, enum walk_procedure p, unsigned key)
{
	static char *lines_a[LINES_MAX], *lines_b[LINES_MAX];
	enum member_state a = d->a.m->state[key], b = d->b.m->state[key];
	char *text_a, *text_b, head[64];
	size_t n;
	FILE *f;

	(void)snprintf(head, sizeof(head), "%s", section_words(key));
	d->head = head;
	if (a != b && (a == MEMBER_ABSENT || b == MEMBER_ABSENT)) {
		line(d);
		(void)printf("  %s\n", a == MEMBER_ABSENT
					   ? "+ there is such a section"
					   : "- there is no such section");
	} else if (a != b) {
		static const char *const where[] = {"absent", "in the manifest",
		    "severed", "severed, and not here", "severed, and wrong",
		    "not covered"};

		line(d);
		(void)printf("  stands %s -> %s\n", where[a], where[b]);
	}
	f = text_begin(&text_a, &n);
	steps_put(f, d->a.m, p, key, NULL);
	text_end(f);
	f = text_begin(&text_b, &n);
	steps_put(f, d->b.m, p, key, NULL);
	text_end(f);
	n = split(text_a, lines_a);
	diff_lines(d, lines_a, n, lines_b, split(text_b, lines_b));
	free(text_a);
	free(text_b);
	d->head = NULL;
}

static void
diff_sections(struct diff *d)
{
	static const struct {
		enum walk_procedure p;
		unsigned key;
	} rows[] = {
	    {WALK_UPDATE, SUIT_COMMON},
	    {WALK_UPDATE, 15},
	    {WALK_UPDATE, SUIT_PAYLOAD_FETCH},
	    {WALK_UPDATE, 18},
	    {WALK_UPDATE, SUIT_INSTALL},
	    {WALK_INVOKE, SUIT_VALIDATE},
	    {WALK_INVOKE, SUIT_LOAD},
	    {WALK_INVOKE, SUIT_INVOKE},
	    {WALK_UNINSTALL, SUIT_UNINSTALL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		diff_section(d, rows[i].p, rows[i].key);
}

/* ---- the command
 * ----------------------------------------------------------------------- */

static void
side_close(struct side *s)
{
	pool_free(&s->pool);
	release_bytes(&s->in);
}

static void
side_open(struct diff *d, struct side *s, const char *file)
{
	struct why why = {.err = OK};

	s->file = file;
	s->in = read_envelope(file);
	if (model_open(&s->pool, s->in, d->crypto, &s->m, &why) != OK) {
		print_why(PROG, file, &why);
		side_close(s);
		exit(EXIT_REFUSED);
	}
	gather(s->m, &s->g);
}

int
cmd_diff(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit diff [OPTIONS] A B\n\n"
	    "Say in words what the second manifest changes.\n\n" TRUST_USAGE
	    "  -e, --exit-code        end with 1 if they differ\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    TRUST_OPTIONS,
	    {"exit-code", no_argument, NULL, 'e'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct diff d;
	static struct trust trust;
	bool status = false;
	int o;

	while ((o = getopt_long(argc, argv, "k:eh", options, NULL)) != -1) {
		switch (o) {
		case 'e':
			status = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			if (!trust_option(&trust, o, optarg))
				die_usage("suit diff",
				    "unknown or incomplete option %s",
				    argv[optind - 1]);
			break;
		}
	}
	if (optind != argc - 2)
		die_usage("suit diff", "two files are needed");
	d = (struct diff){.crypto = crypto_or_die(PROG), .ring = &trust.ring};
	side_open(&d, &d.a, argv[optind]);
	side_open(&d, &d.b, argv[optind + 1]);
	trust_chains(&trust, d.a.in);
	trust_chains(&trust, d.b.in);
	diff_manifest(&d);
	diff_for(&d);
	diff_places(&d);
	d.head = "carried in the envelope";
	payloads_of(&d, &d.a, &d.b, '-');
	payloads_of(&d, &d.b, &d.a, '+');
	diff_sections(&d);
	if (d.found == 0)
		(void)puts("no difference in what they say");
	else if (d.found == 1 && digests_differ(&d))
		(void)puts("    what changed has no words here: hold what "
			   "'suit show' says of both against each other");
	side_close(&d.a);
	side_close(&d.b);
	trust_free(&trust);
	return status && d.found > 0 ? EXIT_REFUSED : EXIT_DONE;
}
