/* create_make: from the text of a recipe to an envelope, signed if wanted. */
#include "create.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Write it, or a signed copy. */
static int
hand_over(struct request *q, struct bytes out, const char *name)
{
	struct bytes whole = BYTES_NONE;
	enum err e;

	if (q->by.n > 0) {
		if (!signing_run(&q->by, out, name, &whole))
			return EXIT_REFUSED;
		out = whole;
	}
	e = write_file_atomic(q->output, out, WRITE_PUBLIC);
	if (e != OK)
		print_err(PROG, q->output, e);
	release_bytes(&whole);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

/* "sign": one key or a list of them. */
static void
signers_of(struct request *q, struct doc *d)
{
	struct spot at = doc_may(d, doc_root(d), "sign");
	size_t n = doc_is_list(at) ? doc_list(d, at, 1, SUIT_SIGNERS_MAX)
				   : at.node != NULL;

	for (size_t i = 0; i < n && doc_good(d); i++) {
		const char *path =
		    doc_path(d, doc_is_list(at) ? doc_item(d, at, i) : at);

		if (doc_good(d))
			by_key(&q->by, path);
	}
}

static int
from_text(struct request *q, const char *file, struct bytes text)
{
	static struct recipe r; /* too large for a stack */
	struct doc d = {.crypto = crypto_or_die(PROG)}, exact = {.now = 0};
	struct doc *use = &d;
	int status = EXIT_REFUSED;
	char *expanded = NULL;
	json_t *v = NULL;

	d.now = (uint64_t)time(NULL);
	if (doc_load(&d, file, text) &&
	    delivery_expand(&d, &exact, &expanded, &v))
		use = &exact;
	r = (struct recipe){.doc = use, .sbom = q->sbom};
	if (q->expand && v != NULL && doc_good(use)) {
		doc_put_yaml(stdout, v);
		status = EXIT_DONE;
	} else if (doc_good(&d) && doc_good(use) &&
		   recipe_read(&r, doc_root(use)) != NULL && recipe_check(&r)) {
		signers_of(q, use);
		if (q->expand)
			(void)fwrite(text.p, 1, text.n, stdout);
		if (doc_good(use))
			status = q->expand
				     ? EXIT_DONE
				     : hand_over(q, recipe_octets(&r), file);
	}
	if (!doc_good(&d))
		(void)fprintf(stderr, PROG ": %s\n", d.message);
	else if (!doc_good(use))
		(void)fprintf(stderr, PROG ": %s%s\n", use->message,
		    use == &exact ? " (lines of 'suit create --expand')" : "");
	json_decref(v);
	free(expanded);
	doc_free(&exact);
	doc_free(&d);
	signing_free(&q->by);
	return status;
}

int
create_from_recipe(struct request *q, const char *file)
{
	struct bytes text;
	enum err e = read_file(file, DOC_MAX, &text);
	int status;

	if (e != OK) {
		print_err(PROG, file, e);
		return EXIT_REFUSED;
	}
	/* neither YAML nor JSON begins with a tag or a map of CBOR */
	if (text.n > 0 && text.p[0] >= 0x80 && text.p[0] < 0xe0)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: no text, and so no recipe; 'suit recipe' prints "
		    "that of an envelope",
		    file, err_name(ERR_TEXT));
	status = from_text(q, file, text);
	release_bytes(&text);
	return status;
}

/* The manifest of a delivery that options describe. */
int
create_from_options(struct request *q, json_t *delivery)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int status;

	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	doc_put_yaml(f, delivery);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	json_decref(delivery);
	status =
	    from_text(q, "options", (struct bytes){(const uint8_t *)text, n});
	free(text);
	return status;
}
