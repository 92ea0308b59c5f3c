/* steps: what each command does, in words, one line each. */
#include "gather.h"
#include "words.h"

struct steps {
	FILE *f;
	enum walk_procedure procedure;
	unsigned only, indent, alternatives;
	bool quiet;        /* not the section that is wanted */
	bool shared;       /* this is the shared sequence */
	bool shared_shown; /* it was shown */
	const char *head;  /* its heading, until there is a line */
	const struct gather *around;
	const struct model *m;
};

static void
line_begin(struct steps *s)
{
	if (s->head != NULL)
		(void)fprintf(s->f, "  %s:\n", s->head);
	s->head = NULL;
	(void)fprintf(s->f, "%*s- ", (int)s->indent, "");
}

/* ---- values ----------------------------------------------------------------
 */

/* Every value that a parameter may have here; false: it is never set. */
static bool
say_fact(struct steps *s, const struct walk_command *c, const struct place *p,
    int64_t label)
{
	const struct walk_fact *f = walk_find(c->state, p->id, label);

	if (f == NULL || f->n == 0)
		return false;
	for (uint8_t i = 0; i < f->n; i++) {
		if (i > 0)
			(void)fputs(" or ", s->f);
		say_value(s->f, c->m->pool, label, f->value[i]);
	}
	if (f->more)
		(void)fputs(" or another", s->f);
	return true;
}

/* The same, or what its absence means. */
static void
say_or(struct steps *s, const struct walk_command *c, const struct place *p,
    int64_t label, const char *absent)
{
	if (!say_fact(s, c, p, label))
		(void)fputs(absent, s->f);
}

/* ", 12 octets", if it is known. */
static void
say_size(struct steps *s, const struct walk_command *c, const struct place *p)
{
	if (walk_find(c->state, p->id, SUIT_PAR_IMAGE_SIZE) == NULL)
		return;
	(void)fputs(", ", s->f);
	(void)say_fact(s, c, p, SUIT_PAR_IMAGE_SIZE);
}

static void
say_decrypt(
    struct steps *s, const struct walk_command *c, const struct place *p)
{
	if (walk_find(c->state, p->id, SUIT_PAR_ENCRYPTION_INFO) == NULL)
		return;
	(void)fputs(", decrypting it: ", s->f);
	(void)say_fact(s, c, p, SUIT_PAR_ENCRYPTION_INFO);
}

/* ---- commands ---------------------------------------------------------------
 */

static void
say_fetch(struct steps *s, const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f = walk_find(c->state, p->id, SUIT_PAR_URI);
	const struct item *here = NULL;

	if (f != NULL && f->n == 1 && f->value[0]->type == CBOR_TSTR)
		here = model_payload(c->m, f->value[0]->text);
	if (here != NULL) {
		(void)fprintf(s->f, "Take %s from %s envelope, where it is ",
		    p->name, c->m->depth > 0 ? "the dependency's" : "this");
		say_text(s->f, f->value[0]);
		(void)fputs(", ", s->f);
		say_octets(s->f, here->text.n);
	} else {
		(void)fprintf(s->f, "Fetch %s from ", p->name);
		say_or(s, c, p, SUIT_PAR_URI, "nowhere: no URI is set");
		if (f != NULL && f->n > 1)
			(void)fputs(", as was chosen above", s->f);
		say_size(s, c, p);
	}
	say_decrypt(s, c, p);
}

/* The name of a parameter's component, for copy and swap. */
static void
say_source(struct steps *s, const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f = walk_find(c->state, p->id, 22);

	if (f == NULL) {
		(void)fputs("nothing (no source is set)", s->f);
		return;
	}
	for (uint8_t i = 0; i < f->n; i++) {
		const struct place *q = model_place(c->m, f->value[i]->arg);

		(void)fprintf(s->f, "%s%s", i > 0 ? " or " : "",
		    q != NULL ? q->name : "a component that is not listed");
	}
}

static void
say_match(struct steps *s, const struct walk_command *c, const struct place *p,
    const char *verb)
{
	(void)fprintf(s->f, "Check that %s %s ", p->name, verb);
	say_or(s, c, p, SUIT_PAR_IMAGE_DIGEST, "what no digest says");
	say_size(s, c, p);
}

static void
say_wait(struct steps *s, const struct walk_command *c, const struct place *p)
{
	static const char *const names[] = {"", "authorization", "power",
	    "the network", "another device's version", "a time",
	    "a time of day", "a day of the week", "a time of day (UTC)",
	    "a day of the week (UTC)"};
	const struct walk_fact *f = walk_find(c->state, p->id, 29);
	const struct item *map, *k;
	const char *between = "";

	(void)fputs("Wait for ", s->f);
	map = f == NULL ? NULL : model_inside(c->m->pool, f->value[0]);
	if (map == NULL || map->type != CBOR_MAP) {
		(void)fputs("nothing: no event is set", s->f);
		return;
	}
	for (k = map->first; k != NULL; k = k->next->next) {
		bool known = k->type == CBOR_UINT && k->arg >= 1 &&
			     k->arg < ARRAY_LEN(names);

		(void)fprintf(s->f, "%s%s", between,
		    known ? names[k->arg] : "an unknown event");
		between = ", and ";
	}
}

/* What a check beside it tells anyway. */
static bool
told_by_check(int64_t label)
{
	return label == 1 || label == 2 || label == 4 || label == 5 ||
	       label == 13 || (label >= 24 && label <= 28 && label != 25);
}

/* One parameter after the other, as a command sets them. */
static void
say_settings(struct steps *s, const struct walk_command *c,
    const struct item *map, const char *name)
{
	const struct item *k;
	const char *between = NULL;
	int64_t label;

	for (k = map->first; k != NULL; k = k->next->next) {
		if (!item_number(k, &label) || told_by_check(label))
			continue;
		if (between == NULL) {
			line_begin(s);
			(void)fprintf(s->f, "For %s, let ", name);
		} else {
			(void)fputs(between, s->f);
		}
		between = "; ";
		if (label < 0)
			(void)fprintf(
			    s->f, "custom parameter %lld", (long long)label);
		else
			(void)fputs(suit_parameter_name((uint64_t)label), s->f);
		(void)fputs(" be ", s->f);
		if (label == 22 && model_place(c->m, k->next->arg) != NULL)
			(void)fputs(
			    model_place(c->m, k->next->arg)->name, s->f);
		else
			say_value(s->f, c->m->pool, label, k->next);
	}
	if (between != NULL)
		(void)fputs(".\n", s->f);
}

/* Commands that act on one component; false: it is none of them. */
static bool
say_one(struct steps *s, const struct walk_command *c, const struct place *p)
{
	FILE *f = s->f;

	switch (c->number) {
	case 1:
		(void)fputs("Check that the vendor is ", f);
		say_or(s, c, p, 1, "one that is not said");
		break;
	case 2:
		(void)fputs("Check that the class is ", f);
		say_or(s, c, p, 2, "one that is not said");
		break;
	case 3:
		say_match(s, c, p, p->dependency ? "is the manifest" : "holds");
		break;
	case 4:
		(void)fputs("Check that it is before ", f);
		say_or(s, c, p, 4, "a time that is not said");
		break;
	case 5:
		(void)fprintf(f, "Check that %s is in slot ", p->name);
		say_or(s, c, p, 5, "(none is set)");
		break;
	case 6:
		(void)fprintf(f, "Check that %s holds exactly ", p->name);
		say_or(s, c, p, 18, "what is not said");
		break;
	case 7:
		(void)fprintf(f,
		    "Check who signed %s, and that it is the manifest ",
		    p->name);
		say_or(s, c, p, 3, "that no digest says");
		break;
	case 8:
		(void)fprintf(f, "Check that %s is a dependency", p->name);
		break;
	case 11:
		(void)fprintf(f, "Do what %s says for %s", p->name,
		    c->before == 0 ? "this section" : section_words(c->before));
		break;
	case 18:
		(void)fprintf(
		    f, "Write to %s what stands in the manifest: ", p->name);
		say_or(s, c, p, 18, "nothing is set");
		say_decrypt(s, c, p);
		break;
	case 21:
		say_fetch(s, c, p);
		break;
	case 22:
		(void)fputs("Copy ", f);
		say_source(s, c, p);
		(void)fprintf(f, " to %s", p->name);
		say_decrypt(s, c, p);
		break;
	case 23:
		(void)fprintf(f, "Start %s", p->name);
		if (walk_find(c->state, p->id, 23) != NULL) {
			(void)fputs(" with the arguments ", f);
			(void)say_fact(s, c, p, 23);
		}
		break;
	case 24:
		(void)fputs("Check that this is the device ", f);
		say_or(s, c, p, 24, "that is not said");
		break;
	case 25:
		say_match(s, c, p, "does not hold");
		break;
	case 26:
		(void)fputs("Check that the battery holds at least ", f);
		say_or(s, c, p, 26, "an amount that is not said");
		break;
	case 27:
		(void)fputs("Ask whether the update may begin, priority ", f);
		say_or(s, c, p, 27, "not said");
		break;
	case 28:
		(void)fprintf(f, "Check that the version of %s is ", p->name);
		say_or(s, c, p, 28, "what is not said");
		break;
	case 29:
		say_wait(s, c, p);
		break;
	case 31:
		(void)fputs("Swap ", f);
		say_source(s, c, p);
		(void)fprintf(f, " and %s", p->name);
		break;
	case 33:
		(void)fprintf(f,
		    "Give %s up: remove it, unless something else uses it",
		    p->name);
		break;
	default:
		return false;
	}
	return true;
}

static void
say_other(struct steps *s, const struct walk_command *c)
{
	line_begin(s);
	if (!c->numbered)
		(void)fputs(
		    "Do a command that is no number: no device can", s->f);
	else if (c->number < 0)
		(void)fprintf(s->f,
		    "Do the custom command %lld, which only devices made for "
		    "it know",
		    (long long)c->number);
	else
		(void)fprintf(s->f, "Do the command %lld, which nobody knows",
		    (long long)c->number);
	(void)fputs(".\n", s->f);
}

static void
command(void *ctx, const struct walk_command *c)
{
	struct steps *s = ctx;

	if (s->quiet)
		return;
	if (c->dead) {
		line_begin(s);
		(void)fprintf(s->f, "(Never reached: %s.)\n",
		    c->name != NULL ? c->name : "a command");
		return;
	}
	switch (c->number) {
	case SUIT_CMD_SET_INDEX:
		return;
	case SUIT_CMD_SET_PARAMETERS:
	case SUIT_CMD_OVERRIDE:
		/* outside of alternatives what uses them tells them */
		if (s->alternatives == 0 || c->arg == NULL ||
		    c->arg->type != CBOR_MAP)
			return;
		for (size_t i = 0; i < c->n_targets; i++)
			say_settings(s, c, c->arg, c->target[i]->name);
		return;
	case 34:
	case 35:
		return;
	case SUIT_CMD_ABORT:
		line_begin(s);
		(void)fputs("Fail, always.\n", s->f);
		return;
	case SUIT_CMD_TRY_EACH:
		line_begin(s);
		(void)fputs("Take the first of these ways that holds:\n", s->f);
		return;
	case SUIT_CMD_RUN_SEQUENCE:
		line_begin(s);
		(void)fputs("Do together:\n", s->f);
		return;
	default:
		break;
	}
	if (walk_uses(c->number) == NULL && c->number != 8 && c->number != 11 &&
	    c->number != 33) {
		say_other(s, c);
		return;
	}
	for (size_t i = 0; i < c->n_targets; i++) {
		line_begin(s);
		if (!say_one(s, c, c->target[i]))
			(void)fputs("?", s->f);
		(void)fputs(".\n", s->f);
	}
}

static void
enter(void *ctx, const struct walk_command *c, const struct model *m,
    unsigned nth, unsigned of, bool nil, bool dead)
{
	struct steps *s = ctx;

	(void)of;
	s->indent += 2;
	if (s->quiet || m != NULL || c->number != SUIT_CMD_TRY_EACH)
		return;
	(void)fprintf(s->f, "%*s%u.%s%s\n", (int)s->indent, "", nth + 1,
	    nil ? " Do nothing." : "",
	    dead ? " (Never reached: the one before cannot fail.)" : "");
	s->indent += 2;
	s->alternatives++;
}

static void
leave(void *ctx, const struct walk_command *c)
{
	struct steps *s = ctx;

	s->indent -= 2;
	if (s->quiet || c->number != SUIT_CMD_TRY_EACH)
		return;
	s->indent -= 2;
	s->alternatives--;
}

/* A section of which there is nothing to tell. */
static void
section_end(struct steps *s)
{
	if (s->head != NULL && !s->shared) {
		line_begin(s);
		(void)fputs("Nothing.\n", s->f);
	}
	s->head = NULL;
}

static void
section(void *ctx, const struct model *m, unsigned key, unsigned before,
    const struct item *i)
{
	struct steps *s = ctx;

	s->indent = 4;
	if (s->only != 0) {
		s->quiet = key != s->only;
		s->indent = 0;
		return;
	}
	section_end(s);
	s->quiet = (key == SUIT_COMMON && (s->shared_shown || i == NULL)) ||
		   (s->around != NULL && gather_done(s->around, m, before));
	if (s->quiet)
		return;
	s->shared = key == SUIT_COMMON;
	s->head = s->shared ? "before each section" : section_words(key);
	s->shared_shown |= s->shared;
	if (m->state[key] == MEMBER_GONE) {
		line_begin(s);
		(void)fputs(
		    "What it says was severed, and is not here.\n", s->f);
	} else if (m->state[key] == MEMBER_WRONG) {
		line_begin(s);
		(void)fputs("What stands in the envelope is not what the "
			    "manifest's digest says.\n",
		    s->f);
	}
}

static void
fault(void *ctx, const struct model *m, unsigned key, const struct item *at,
    const char *what)
{
	struct steps *s = ctx;

	(void)key;
	if (s->quiet)
		return;
	line_begin(s);
	(void)fprintf(s->f, "(No device takes this: %s; offset %zu.)\n", what,
	    model_at(m, at));
}

void
steps_put(FILE *f, const struct model *m, enum walk_procedure p, unsigned only,
    const struct gather *around)
{
	struct steps s = {.f = f,
	    .procedure = p,
	    .only = only,
	    .around = around,
	    .m = m,
	    .shared_shown = p != WALK_UPDATE};
	const struct walk_visitor v = {
	    &s, section, command, enter, leave, fault};

	if (only == SUIT_COMMON)
		walk_section(m, SUIT_COMMON, true, &v);
	else
		walk(m, p, &v);
	section_end(&s);
}
