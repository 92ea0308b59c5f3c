/*
 * refusals: every way a proof can be wrong, as rows.  Each row spoils one
 * thing of something healthy, and states what the system answers and where.
 * The same rows are the tables of docs/refusals.md.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <tamarind/base.h>

struct row {
	const char *wrong; /* in words, for the table */
	/* The octets to hand in, with this thing wrong. */
	struct bytes (*make)(const struct row *r);
	enum err e;       /* the answer by name; OK: nothing is wrong */
	const char *what; /* the check that says so, or NULL */
	const char *wire; /* what the peer hears, or NULL: nothing */
	bool kept;        /* is it remembered, for the API to tell? */
	/* for whoever makes it */
	int64_t key;
	struct bytes raw;
};

/* What happened. */
struct seen {
	enum err e;
	char what[64], wire[64];
	bool kept;
};

struct section {
	const char *title, *about;
	/* Headings of the last two columns; NULL: there is no such column. */
	const char *wire, *kept;
	const struct row *row;
	size_t n;
	void (*see)(const struct row *r, struct seen *out);
};

/* A file's sections, what it needs for them, and its end. */
struct file {
	const struct section *const *section;
	size_t n;
	int (*begin)(void **state);
	int (*end)(void **state);
};
extern const struct file file_signed, file_claims, file_bound, file_timed,
    file_update, file_tam_proof, file_ear, file_passport, file_corim,
    file_believed, file_certified, file_psa, file_cca, file_snp, file_tdx,
    file_tpm;

#endif
