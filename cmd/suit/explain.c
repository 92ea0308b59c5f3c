/*
 * explain: what a manifest will do, on which device, in sentences: for those
 * who are asked to sign it, to approve it, or to say what it did.
 */
#include "shelf.h"
#include "trust.h"
#include "words.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct explain {
	FILE *f;
	const struct crypto *crypto;
	struct trust *trust;
	struct gather *g;
};

/* ---- who ----------------------------------------------------------------- */

static void
say_block(struct explain *x, const struct model *m, const struct block *b)
{
	struct keyring view = key_ring_view(&x->trust->ring);
	uint8_t kid[KID_LEN];
	enum block_verdict v = block_check(x->crypto, &view, m, b, kid);

	if (v == BLOCK_UNKNOWN && b->tag == 17)
		v = BLOCK_ODD;
	switch (v) {
	case BLOCK_GOOD:
		(void)fputs(b->tag == 17 ? "Authenticated with the shared key "
					 : "Signed by ",
		    x->f);
		safe_put(
		    x->f, bytes_of_text(key_ring_name(&x->trust->ring, kid)));
		break;
	case BLOCK_WRONG:
		(void)fputs("NOT signed by the key it names, the signature is "
			    "wrong",
		    x->f);
		break;
	case BLOCK_UNKNOWN:
		(void)fputs(
		    trust_nobody(x->trust)
			? "Signed, not verified (no --key was given)"
			: "Signed by a key that is not among those given",
		    x->f);
		if (b->x5chain && x->trust->said != NULL)
			(void)fprintf(x->f,
			    ", and a certificate leads to no --anchor (%s)",
			    x->trust->said);
		break;
	case BLOCK_ODD:
		(void)fputs(
		    b->tag == 17 || b->tag == 97
			? "Authenticated with a shared key, not verified"
		    : b->tag == 98 ? "Signed by several, not verified"
				   : "Authenticated in a way that is not known",
		    x->f);
		break;
	}
	(void)fprintf(x->f, "; %s", alg_words(b->alg));
	if (b->kid.p != NULL && v != BLOCK_GOOD) {
		(void)fputs(", key ", x->f);
		say_kid(x->f, b->kid);
	}
	if (b->x5chain)
		(void)fputs(", with its certificate", x->f);
	(void)fputs(".\n", x->f);
}

/* A line of what else the manifest binds, if it does. */
static void
say_bound(struct explain *x, const struct model *m, const char *what,
    void (*say)(FILE *f, const struct model *m))
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	say(f, m);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	if (n > 0)
		(void)fprintf(x->f, "%s %s.\n", what, text);
	free(text);
}

static void
say_who(struct explain *x, const struct model *m)
{
	(void)fprintf(x->f, "Manifest %s, sequence number ", m->id_name);
	if (m->has_sequence)
		(void)fprintf(x->f, "%llu.\n", (unsigned long long)m->sequence);
	else
		(void)fputs("missing.\n", x->f);
	for (size_t i = 0; i < m->n_blocks; i++)
		say_block(x, m, &m->block[i]);
	if (m->n_blocks == 0)
		(void)fputs("Unsigned: no device takes it.\n", x->f);
	if (m->digest == NULL) {
		(void)fputs("It has no digest: no device takes it.\n", x->f);
		return;
	}
	(void)fputs("Digest ", x->f);
	say_digest(x->f, m->digest, true);
	(void)fputs(m->digest_holds   ? ".\n"
		    : m->digest_known ? ", which is NOT that of the manifest: "
					"it was changed.\n"
				      : ", which cannot be checked here.\n",
	    x->f);
	if (m->uri.p != NULL) {
		(void)fputs("It can be had at ", x->f);
		safe_put(x->f, m->uri);
		(void)fputs(".\n", x->f);
	}
	say_bound(x, m, "What it installs is version", say_set_version);
	say_bound(x, m, "Its bill of materials:", say_bill);
}

/* ---- for which device ------------------------------------------------------
 */

/* If the manifest's own text names the domain, and that is its vendor. */
static void
say_domain(struct explain *x, const struct model *m, const struct item *vendor)
{
	struct bytes domain = BYTES_NONE;
	char text[UUID_NAME_MAX + 1];
	uint8_t uuid[16];

	for (size_t i = 0; i < m->n_places && domain.n == 0; i++)
		domain = model_text(m, &m->place[i].id, 3);
	if (domain.n == 0 || domain.n > UUID_NAME_MAX ||
	    memchr(domain.p, 0, domain.n) != NULL || vendor->type != CBOR_BSTR)
		return;
	memcpy(text, domain.p, domain.n);
	text[domain.n] = 0;
	if (uuid_read(text, uuid_dns, uuid) != OK ||
	    !bytes_same(vendor->text, BYTES_OF(uuid)))
		return;
	(void)fputs(" (", x->f);
	safe_put(x->f, domain);
	(void)fputc(')', x->f);
}

static bool
say_ids(
    struct explain *x, const struct model *m, int64_t label, const char *what)
{
	const struct item *v, *before;
	bool any = false;

	for (size_t i = 0;
	     (v = gather_find(x->g, label, label, BYTES_NONE, i)) != NULL;
	     i++) {
		bool again = false;

		/* the same for each component */
		for (size_t k = 0; k < i; k++) {
			before = gather_find(x->g, label, label, BYTES_NONE, k);
			again |= bytes_same(model_raw(before), model_raw(v));
		}
		if (again)
			continue;
		(void)fprintf(x->f, "  %s ", what);
		say_id(x->f, v);
		if (label == 1)
			say_domain(x, m, v);
		(void)fputc('\n', x->f);
		any = true;
	}
	return any;
}

static void
say_for(struct explain *x, const struct model *m)
{
	(void)fputs("\nFor devices of\n", x->f);
	if (!say_ids(x, m, 1, "vendor"))
		(void)fputs("  any vendor: it checks none\n", x->f);
	if (!say_ids(x, m, 2, "class "))
		(void)fputs("  any class: it checks none\n", x->f);
	(void)say_ids(x, m, 24, "device");
}

/* ---- components
 * -------------------------------------------------------------- */

/* "NAME: A or B" of the values of a label, each once. */
static bool
say_values(struct explain *x, const struct model *m, const struct place *p,
    int64_t label, const char *between)
{
	const struct item *v, *before;
	bool any = false;

	for (size_t i = 0; (v = gather_find(x->g, 0, label, p->id, i)) != NULL;
	     i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++) {
			before = gather_find(x->g, 0, label, p->id, k);
			again |= bytes_same(model_raw(before), model_raw(v));
		}
		if (again)
			continue;
		(void)fputs(!any         ? between
			    : label == 3 ? ", or\n      "
					 : " or ",
		    x->f);
		if (label == 3 && digest_of_value(m->pool, v) != NULL)
			say_digest(x->f, digest_of_value(m->pool, v), true);
		else
			say_value(x->f, m->pool, label, v);
		any = true;
	}
	return any;
}

static void
say_words_of(struct explain *x, const struct model *m, const struct bytes *id,
    int64_t key, const char *what)
{
	struct bytes b = model_text(m, id, key);
	size_t line = 0;

	while (line < b.n && line < 300 && b.p[line] != '\n')
		line++;
	if (b.n == 0)
		return;
	(void)fprintf(x->f, "      %s: \"", what);
	safe_put(x->f, (struct bytes){b.p, line});
	(void)fputs(line < b.n ? "...\"\n" : "\"\n", x->f);
}

static void
say_components(struct explain *x, const struct model *m)
{
	(void)fputs("\nComponents\n", x->f);
	if (m->n_components == 0)
		(void)fputs("  none\n", x->f);
	for (size_t i = 0; i < m->n_places; i++) {
		const struct place *p = &m->place[i];

		if (p->dependency)
			continue;
		(void)fprintf(x->f, "  %llu  %s\n",
		    (unsigned long long)p->index, p->name);
		if (say_values(x, m, p, 14, "      "))
			(void)fputc('\n', x->f);
		if (say_values(x, m, p, 3, "      "))
			(void)fputc('\n', x->f);
		if (say_values(x, m, p, 19, "      encrypted with "))
			(void)fputc('\n', x->f);
		say_words_of(x, m, &p->id, 6, "version, in its author's words");
		say_words_of(
		    x, m, &p->id, 5, "description, in its author's words");
	}
}

/* Each manifest that p may stand for: told below, or not looked at. */
static void
say_looked_at(struct explain *x, const struct model *m, const struct place *p)
{
	const struct model *child;
	struct bytes want;
	bool any = false;

	for (size_t i = 0; dependency_meant(x->g, m, p, i, &want, &child);
	     i++) {
		any = true;
		if (child == NULL) {
			(void)fputs("      not here, so nothing is told of it; "
				    "--dependency FILE has it told\n",
			    x->f);
			continue;
		}
		(void)fputs("      told below, as it stands in ", x->f);
		if (!child->lent)
			(void)fputs("this envelope as ", x->f);
		safe_put(x->f, child->name);
		(void)fputc('\n', x->f);
	}
	if (!any)
		(void)fputs(
		    "      which manifest that is, is not said: nothing "
		    "is told of it\n",
		    x->f);
}

static void
say_dependencies(struct explain *x, const struct model *m)
{
	bool any = false;

	for (size_t i = 0; i < m->n_places; i++) {
		const struct place *p = &m->place[i];

		if (!p->dependency)
			continue;
		if (!any)
			(void)fputs("\nDepends on\n", x->f);
		any = true;
		(void)fprintf(x->f, "  %llu  %s\n",
		    (unsigned long long)p->index, p->name);
		(void)say_values(x, m, p, 3, "      manifest ");
		(void)say_values(x, m, p, 21, "\n      from ");
		(void)fputc('\n', x->f);
		say_looked_at(x, m, p);
	}
}

/* ---- what it does
 * -------------------------------------------------------------- */

static bool
has_any(const struct model *m, enum walk_procedure p)
{
	const uint8_t *list = walk_sections(p);

	for (; *list != 0; list++)
		if (m->state[*list] != MEMBER_ABSENT &&
		    m->state[*list] != MEMBER_STRAY &&
		    (p != WALK_INVOKE || *list != SUIT_VALIDATE))
			return true;
	return false;
}

/* One procedure; around: of which a manifest around this one does a part. */
static void
say_procedure(struct explain *x, const struct model *m, enum walk_procedure p,
    const char *head, const char *none, const struct gather *around)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	steps_put(f, m, p, 0, around);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	(void)fprintf(x->f, "\n%s\n", head);
	if (!has_any(m, p))
		(void)fprintf(x->f, "  %s\n", none);
	else if (n == 0)
		(void)fputs("  as said above, where it is processed\n", x->f);
	else
		(void)fputs(text, x->f);
	free(text);
}

static void
say_steps(struct explain *x, const struct model *m, const struct gather *around)
{
	say_procedure(x, m, WALK_UPDATE, "To update",
	    "nothing: there is no section for it", around);
	say_procedure(x, m, WALK_INVOKE, "To start",
	    "nothing: there is no load or invoke section", around);
	say_procedure(x, m, WALK_UNINSTALL, "To remove",
	    "nothing is said: there is no uninstall section", around);
}

static void
say_payloads(struct explain *x, const struct model *m)
{
	const struct item *k;
	bool any = false;

	for (k = m->envelope->first; k != NULL; k = k->next->next) {
		if (k->type != CBOR_TSTR)
			continue;
		if (!any)
			(void)fputs("\nCarries\n", x->f);
		any = true;
		(void)fputs("  ", x->f);
		say_text(x->f, k);
		(void)fputs(", ", x->f);
		say_octets(x->f, k->next->text.n);
		if (model_child(m, k->text) != NULL)
			(void)fputs(", a manifest", x->f);
		(void)fputc('\n', x->f);
	}
}

static void
explain(struct explain *x, const struct model *m)
{
	static struct gather room[MODEL_DEPTH_MAX + 1];
	const struct gather *around = m->depth > 0 ? x->g : NULL;

	x->g = &room[m->depth];
	gather(m, x->g);
	say_who(x, m);
	say_words_of(x, m, NULL, 1, "description, in its author's words");
	say_for(x, m);
	say_components(x, m);
	say_dependencies(x, m);
	say_payloads(x, m);
	say_steps(x, m, around);
	for (size_t i = 0; i < m->n_children; i++) {
		(void)fputs(m->child[i]->lent ? "\n---- the dependency in "
					      : "\n---- the dependency that "
						"stands here as ",
		    x->f);
		safe_put(x->f, m->child[i]->name);
		(void)fputs(" ----\n\n", x->f);
		explain(x, m->child[i]);
		x->g = &room[m->depth];
	}
}

struct request {
	const char *file;
	struct trust trust;
	struct shelf shelf;
};

static int
explain_file(struct request *q)
{
	struct explain x = {
	    .f = stdout, .crypto = crypto_or_die(PROG), .trust = &q->trust};
	struct pool pool = {.part = NULL};
	struct why why = {.err = OK};
	struct bytes in = read_envelope(q->file);
	struct model *m;
	enum err e = model_open(&pool, in, x.crypto, &m, &why);

	if (e == OK) {
		trust_chains(&q->trust, in);
		for (size_t i = 0; i < q->shelf.n; i++)
			trust_chains(&q->trust, q->shelf.row[i].envelope);
		shelf_lend(&q->shelf, m, x.crypto);
		explain(&x, m);
	} else {
		print_why(PROG, q->file, &why);
	}
	pool_free(&pool);
	release_bytes(&in);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

int
cmd_explain(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit explain [OPTIONS] FILE\n\n"
	    "Say in sentences who signed a manifest, for which devices, and\n"
	    "what it will do there.\n\n" TRUST_USAGE
	    "  -d, --dependency FILE  an envelope that it depends on and does\n"
	    "                         not hold: explained too\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    TRUST_OPTIONS,
	    {"dependency", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct request q;
	int o, status;

	while ((o = getopt_long(argc, argv, "k:d:h", options, NULL)) != -1) {
		switch (o) {
		case 'd':
			shelf_add(&q.shelf, optarg);
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			if (!trust_option(&q.trust, o, optarg))
				die_usage("suit explain",
				    "unknown or incomplete option %s",
				    argv[optind - 1]);
			break;
		}
	}
	if (optind != argc - 1)
		die_usage("suit explain", "one file is needed");
	q.file = argv[optind];
	status = explain_file(&q);
	shelf_free(&q.shelf);
	trust_free(&q.trust);
	return status;
}
