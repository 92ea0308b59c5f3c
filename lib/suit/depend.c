/*
 * depend: manifests that others depend on.       [SUIT TD dependencies]
 *
 * A dependency is a component that holds an envelope.  Before anything of it
 * runs, dependency-integrity has to find it signed, of the digest that its
 * dependent signed, and allowed; then it is a part of the run, with its own
 * numbers for components.  process-dependency runs the section of it that its
 * dependent is at, so that all go in step:
 *
 *	when it is checked   its dependent has every section that it has, and
 *	                     none of them is over
 *	a section ends       each dependency that has it has run it
 *	the procedure ends   each dependency was checked
 *
 * Reached through the profile only, as nest.c.
 */
#include "suit_int.h"

static bool
depends(const struct suit_manifest *m, size_t i)
{
	return (m->depends >> i & 1) != 0;
}

/* The part that p depends on as index i; NULL: none was opened yet. */
static struct suit_part *
child_of(struct suit_run *run, const struct suit_part *p, size_t i)
{
	for (uint8_t k = 1; k < run->n_parts; k++)
		if (&run->part[run->part[k].parent] == p &&
		    run->part[k].index == i)
			return &run->part[k];
	return NULL;
}

/* Was it checked, and nothing written to its component since? */
static bool
holds(const struct suit_run *run, const struct suit_part *child)
{
	const struct suit_part *p;

	if (child == NULL || !child->checked)
		return false;
	p = &run->part[child->parent];
	return run->slot[p->slot[child->index]].fills == child->fills;
}

static bool
is(const struct suit_run *run, const struct suit_slot *s)
{
	const struct suit_part *p = part_now(run);

	for (size_t i = 0; i < p->m->n_indexes; i++)
		if (depends(p->m, i) && &run->slot[p->slot[i]] == s)
			return true;
	return false;
}

/* The envelope that a component holds, as the host shows it. */
static enum err
view(struct suit_run *run, const struct suit_slot *s, struct bytes *out)
{
	const struct suit_host *h = run->host;

	*out = BYTES_NONE;
	return h->depending->view(h->ctx, s->id, out);
}

static enum err
know(struct suit_run *run, struct suit_slot *s)
{
	uint64_t declared = param_size(run, s);
	struct bytes envelope;

	TRY(view(run, s, &envelope));
	s->known = false;
	s->size = declared != UINT64_MAX &&
			  fill_size_fits(run, s, envelope.n, declared)
		      ? declared
		      : envelope.n;
	return suit_manifest_hash(run->crypto, envelope, s->digest);
}

/* ---- dependency-integrity ------------------------------------------------ */

/* A place for the dependency: the one it had, or a new one. */
static enum err
place(struct suit_run *run, const struct suit_part *p, uint8_t i,
    struct suit_part **out)
{
	struct suit_part *child = child_of(run, p, i);

	*out = child;
	if (p->depth == suit_profile.most_depth)
		return ERR_DEPTH;
	if (child != NULL)
		return OK;
	if (run->n_parts == SUIT_PARTS_MAX ||
	    run->n_parts > run->host->depending->n)
		return ERR_LIMIT;
	child = &run->part[run->n_parts++];
	*child = (struct suit_part){
	    .parent = (uint8_t)(p - run->part),
	    .index = i,
	    .depth = (uint8_t)(p->depth + 1),
	};
	*out = child;
	return OK;
}

static enum err
no(struct suit_run *run, const char *what)
{
	return why_set(&run->why, ERR_DEPENDENCY, what);
}

/* Are dependencies of m numbered as this host takes them? */
static enum err
numbered(struct suit_run *run, const struct suit_manifest *m)
{
	return m->n_indexes > m->components.n &&
		       !reads_as(run, m, SUIT_COMPAT_INDEX)
		   ? no(run, "dependency beyond the components")
		   : OK;
}

/* No manifest depends on itself by way of others. */
static bool
above(const struct suit_run *run, const struct suit_part *p,
    const struct suit_manifest *m)
{
	for (;; p = &run->part[p->parent]) {
		if (bytes_same(BYTES_OF(p->m->digest), BYTES_OF(m->digest)))
			return true;
		if (p == run->part)
			return false;
	}
}

/* The section that p is at, or that its shared sequence stands before. */
static uint8_t
section_at(const struct suit_run *run, const struct suit_part *p)
{
	if (p->section != SUIT_COMMON)
		return p->section;
	return p == run->part ? run_sections(run)[run->step]
			      : run->part[p->parent].section;
}

/* May p leave out sections of m?  Both were signed by somebody. */
static bool
may_leave_out(const struct suit_run *run, const struct suit_part *p,
    const struct suit_manifest *m)
{
	return reads_loosely(run, p->m) && reads_loosely(run, m);
}

/* Has its dependent all of its sections, and is none of them over? */
static enum err
in_step(struct suit_run *run, const struct suit_part *p,
    const struct suit_manifest *m)
{
	uint8_t now = section_at(run, p);
	bool over = true;

	if (may_leave_out(run, p, m))
		return OK;
	for (const uint8_t *k = run_sections(run); *k != 0; k++) {
		over &= *k != now;
		if (m->section[*k].n > 0 && p->m->section[*k].n == 0)
			return no(run, "section that its dependent lacks");
		if (m->section[*k].n > 0 && over)
			return no(run, "section that is over");
	}
	return OK;
}

/* Who signed it, and is it what its dependent means?  Where the dependent is
 * not signed, as in a replay, nobody is asked for. */
static enum err
open_it(struct suit_run *run, const struct suit_part *p,
    const struct suit_slot *s, struct suit_manifest *m)
{
	const struct suit_depending_host *d = run->host->depending;
	struct bytes digest = param_get(run, s, SUIT_PAR_IMAGE_DIGEST);
	struct bytes envelope;

	TRY(view(run, s, &envelope));
	TRY(p->m->n_signers > 0
		? suit_open(run->crypto, d->ring, envelope, m, &run->why)
		: suit_check(run->crypto, envelope, m, &run->why));
	if (bytes_same(BYTES_OF(m->digest), digest))
		return OK;
	(void)why_set(&run->why, ERR_MANIFEST_DIGEST, "dependency");
	run->why.kind = WHY_HEX;
	run->why.expected = digest;
	run->why.found = BYTES_OF(m->digest);
	return ERR_MANIFEST_DIGEST;
}

/* Open what the component holds, and let nothing of it count before all has
 * been looked at. */
static enum err
check(struct suit_run *run, const struct suit_part *p, uint8_t i)
{
	const struct suit_host *h = run->host;
	struct suit_slot *s = &run->slot[p->slot[i]];
	struct bytes digest = param_get(run, s, SUIT_PAR_IMAGE_DIGEST);
	struct suit_manifest *m;
	struct suit_part *child;
	struct suit_fault f = {&run->why, NULL};
	bool own;

	if (digest.p == NULL)
		return ERR_NEEDS;
	TRY(place(run, p, i, &child));
	if (holds(run, child) && bytes_same(BYTES_OF(child->m->digest), digest))
		return OK;
	child->checked = false;
	m = &h->depending->room[child - run->part - 1];
	TRY(open_it(run, p, s, m));
	f.base = m->envelope.p;
	if (above(run, p, m))
		return no(run, "dependency on itself");
	TRY(numbered(run, m));
	TRY(reads_identified(run, m));
	for (const uint8_t *k = run_sections(run); *k != 0; k++)
		if ((m->severed >> *k & 1) != 0)
			return why_set(
			    &run->why, ERR_SEVERED, "needed section");
	TRY(in_step(run, p, m));
	if (m->own)
		TRY(suit_scan(m, h, &f, &own));
	TRY(part_put(run, (uint8_t)(child - run->part), m));
	TRY(h->depending->admit(h->ctx, m, p->m));
	/* what another envelope of this place depended on is forgotten */
	for (uint8_t k = 1; k < run->n_parts; k++)
		if (&run->part[run->part[k].parent] == child)
			run->part[k].checked = false;
	child->fills = s->fills;
	child->checked = true;
	child->section = 0;
	child->ran = false;
	s->vouched = true;
	return OK;
}

/* The same, for a command.  What is wrong inside of the dependency is told as
 * it was told there; what is not, by the command. */
static enum err
check_told(struct suit_run *run, const struct suit_part *p, uint8_t i)
{
	struct why *w = &run->why;
	enum err e;

	*w = (struct why){.err = OK};
	e = check(run, p, i);
	if (e == OK || w->err != e)
		return e;
	if (w->subject.n == 0)
		w->subject = run->slot[p->slot[i]].id;
	w->at = 0; /* it was in another envelope than the commands are */
	run_failed(run, e);
	return OK;
}

/* Is this command, run for every index, meant for this one? */
static bool
meant(const struct suit_run *run, const struct suit_manifest *m, uint8_t i)
{
	bool every = run->select.list.raw.p == NULL && run->select.n > 1;

	return depends(m, i) || !every;
}

enum err
flow_dependency_integrity(struct suit_run *run, struct bytes arg)
{
	const struct suit_part *p = part_now(run);

	(void)arg;
	for (uint8_t n = 0; n < run->select.n; n++) {
		uint8_t i = suit_selected(&run->select, n);

		if (!meant(run, p->m, i))
			continue;
		if (!depends(p->m, i))
			return ERR_DEPENDENCY;
		TRY(check_told(run, p, i));
		if (run->state == SUIT_FAILED)
			return OK;
	}
	return OK;
}

enum err
cond_is_dependency(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen)
{
	(void)seen;
	return is(run, s) ? OK : ERR_CONDITION;
}

/* ---- process-dependency -------------------------------------------------- */

/* That one may be run now. */
static enum err
ready(struct suit_run *run, const struct suit_part *p, uint8_t i)
{
	if (!depends(p->m, i))
		return ERR_DEPENDENCY;
	if (holds(run, child_of(run, p, i)))
		return OK;
	return reads_as(run, p->m, SUIT_COMPAT_INTEGRITY)
		   ? check_told(run, p, i)
		   : ERR_DEPENDENCY;
}

enum err
flow_process_dependency(struct suit_run *run, struct bytes arg)
{
	const struct suit_part *p = part_now(run);
	struct suit_frame *f;

	(void)arg;
	for (uint8_t n = 0; n < run->select.n; n++) {
		uint8_t i = suit_selected(&run->select, n);

		if (meant(run, p->m, i))
			TRY(ready(run, p, i));
		if (run->state == SUIT_FAILED)
			return OK;
	}
	f = frame_push(run, FRAME_PART);
	f->outer = run->select;
	return run->state == SUIT_FAILED ? ERR_DEPTH : OK;
}

/* The procedure ends, not by a command of which could be told. */
static void
refuse(struct suit_run *run, enum err e, const char *what)
{
	run->by_condition = false;
	run_failed(run, why_set(&run->why, e, what));
}

static void
begins(struct suit_run *run, const struct suit_part *p)
{
	for (uint8_t k = 1; k < run->n_parts; k++)
		if (&run->part[run->part[k].parent] == p)
			run->part[k].ran = false;
}

/* The section that p is at ends: has each of its dependencies run its own? */
static bool
ends(struct suit_run *run, const struct suit_part *p)
{
	for (uint8_t k = 1; k < run->n_parts; k++) {
		const struct suit_part *child = &run->part[k];

		if (&run->part[child->parent] != p || !child->checked ||
		    child->m->section[p->section].n == 0 || child->ran ||
		    may_leave_out(run, p, child->m))
			continue;
		refuse(run, ERR_DEPENDENCY,
		    "section of a dependency that was not run");
		run->why.subject = run->slot[p->slot[child->index]].id;
		return false;
	}
	return true;
}

/* Were all dependencies of p looked at?  Of a manifest that has nothing to do
 * in this procedure this is not expected. */
static bool
looked_at(struct suit_run *run, const struct suit_part *p)
{
	bool busy = false;

	for (const uint8_t *k = run_sections(run); *k != 0; k++)
		busy |= p->m->section[*k].n > 0;
	for (size_t i = 0; busy && i < p->m->n_indexes; i++) {
		const struct suit_part *child = child_of(run, p, i);

		if (!depends(p->m, i) || (child != NULL && child->checked))
			continue;
		refuse(run, ERR_DEPENDENCY, "dependency that was not checked");
		run->why.subject = run->slot[p->slot[i]].id;
		return false;
	}
	return true;
}

/* A section of the root, or its shared sequence. */
static bool
over(struct suit_run *run)
{
	struct suit_part *root = &run->part[0];

	if (root->section != SUIT_COMMON && !ends(run, root))
		return false;
	begins(run, root);
	if (run_sections(run)[run->step] != 0)
		return true;
	for (uint8_t n = 0; n < run->n_parts; n++)
		if ((n == 0 || run->part[n].checked) &&
		    run->part[n].m->depends != 0 &&
		    !reads_loosely(run, run->part[n].m) &&
		    !looked_at(run, &run->part[n]))
			return false;
	return true;
}

/* Positions among the dependencies, the root's first. */
static void
path(const struct suit_run *run, const struct suit_part *p,
    struct suit_record *r)
{
	r->n_path = p->depth;
	for (; p != run->part; p = &run->part[p->parent]) {
		const struct suit_part *up = &run->part[p->parent];
		uint8_t nth = 0;

		for (size_t i = 0; i < p->index; i++)
			nth += depends(up->m, i);
		r->path[p->depth - 1] = nth;
	}
}

static void
enter(struct suit_run *run, struct suit_part *child, uint8_t section)
{
	child->section = section;
	frame_enter(run,
	    section == SUIT_COMMON ? child->m->shared
				   : child->m->section[section],
	    0, false);
	frame_top(run)->part = (uint8_t)(child - run->part);
}

/* The shared sequence, the section, and the next dependency. */
static void
next(struct suit_run *run)
{
	struct suit_frame *f = frame_top(run);
	const struct suit_part *p = &run->part[f->part];
	struct suit_part *child;
	uint8_t i;

	if (f->visited == f->outer.n) {
		run->select = f->outer;
		run->depth--;
		return;
	}
	i = suit_selected(&f->outer, f->visited);
	child = child_of(run, p, i);
	if (!depends(p->m, i)) {
		f->visited++; /* of all, it is none */
		return;
	}
	if (++run->commands > suit_profile.most_commands) {
		refuse(run, ERR_LIMIT, "process-dependency");
		return;
	}
	/* one that ran before may have written to this one's component */
	if (f->step == 0 && !holds(run, child)) {
		refuse(run, ERR_DEPENDENCY, "process-dependency");
		return;
	}
	switch (f->step++) {
	case 0:
		if (child->m->section[p->section].n == 0)
			f->step = 2;
		enter(run, child, SUIT_COMMON);
		return;
	case 1:
		begins(run, child);
		enter(run, child, p->section);
		return;
	}
	if (child->section == p->section && !ends(run, child))
		return;
	child->ran = true;
	f->visited++;
	f->step = 0;
}

/* What fails in a dependency, fails in its dependent. */
static enum suit_ended
ended(struct suit_run *run, bool held, bool soft)
{
	(void)run;
	(void)soft;
	return held ? ENDED_GOES_ON : ENDED_FAILS;
}

static enum err
start(struct suit_run *run)
{
	const struct suit_manifest *m = run->m;

	TRY(reads_identified(run, m));
	if (m->depends == 0)
		return OK;
	if (run->host->depending == NULL)
		return no(run, "dependencies");
	return numbered(run, m);
}

const struct suit_depending suit_depending = {
    .nesting = {next, ended},
    .read = dependencies_read,
    .prefix = dependency_prefix,
    .is = is,
    .know = know,
    .start = start,
    .over = over,
    .path = path,
};
