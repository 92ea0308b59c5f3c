/*
 * lib/verifier rules.c, port/sqlite rules_book.c: what is enough for whoever
 * runs a Verifier, in all versions, and whom it knows.
 */
#include "rats_support.h"
#include <cmdline.h>
#include <rules_book.h>
#include <unistd.h>

static struct verifier_rules r;

static struct verifier_fact
fact(void)
{
	return (struct verifier_fact){.vendor = "0a0b0c",
	    .model = BYTES_LIT("model-1"),
	    .kind = verifier_kind("tpm"),
	    .assurance = ASSURE_TPM};
}

static void
check(const struct verifier_fact *f, enum err e, const char *what, size_t rule)
{
	struct why why = {0};
	size_t which = 99;

	assert_int_equal(verifier_rules_check(&r, f, &which, &why), e);
	assert_int_equal(which, rule);
	if (e != OK)
		assert_string_equal(why.what, what);
	/* whoever needs no reason gets the same answer */
	assert_int_equal(verifier_rules_check(&r, f, &which, NULL), e);
}

static void
model(struct verifier_rule *one, const char *text)
{
	one->model_n = strlen(text);
	memcpy(one->model, text, one->model_n);
}

static void
first_that_fits(void **state)
{
	struct verifier_fact f = fact();

	(void)state;
	memset(&r, 0, sizeof(r));
	check(&f, ERR_NOT_ATTESTED, "policy", 0);
	r.n = 3;
	(void)snprintf(r.rule[0].vendor, sizeof(r.rule[0].vendor), "0a0b0c");
	model(&r.rule[0], "model-2");
	r.rule[0].least = ASSURE_HARDWARE;
	(void)snprintf(r.rule[1].vendor, sizeof(r.rule[1].vendor), "0a0b0c");
	r.rule[1].kinds = 1u << verifier_kind("tpm");
	r.rule[1].least = ASSURE_TPM;
	model(&r.rule[2], "other");
	check(&f, OK, NULL, 2);
	f.assurance = ASSURE_PROCESS;
	check(&f, ERR_ASSURANCE, "policy assurance", 2);
	f.assurance = ASSURE_HARDWARE;
	f.kind = verifier_kind("eat");
	check(&f, ERR_NOT_ATTESTED, "policy kind", 2);
	f.kind = verifier_kind("example");
	assert_int_equal(f.kind, 32);
	check(&f, ERR_NOT_ATTESTED, "policy kind", 2);
	f = fact();
	f.model = BYTES_LIT("model-2");
	check(&f, ERR_ASSURANCE, "policy assurance", 1);
	f.vendor = "0a0b0d";
	check(&f, ERR_NOT_ATTESTED, "policy", 0);
	f.vendor = NULL;
	f.model = BYTES_LIT("other");
	check(&f, OK, NULL, 3);
	/* a model is the whole of it */
	f.model = BYTES_LIT("other2");
	check(&f, ERR_NOT_ATTESTED, "policy", 0);
	f.model = BYTES_LIT("othe");
	check(&f, ERR_NOT_ATTESTED, "policy", 0);
}

static void
names(void **state)
{
	char id[VERIFIER_RULES_ID];
	unsigned n = 0;

	(void)state;
	for (; verifier_kind_name(n) != NULL; n++)
		assert_int_equal(verifier_kind(verifier_kind_name(n)), n);
	assert_int_equal(n, 6);
	assert_int_equal(verifier_kind(""), 32);
	r.version = 0;
	verifier_rules_id(&r, id);
	assert_string_equal(id, "tag:tamarind.example,2026:rules#0");
	r.version = UINT64_MAX;
	verifier_rules_id(&r, id);
	assert_string_equal(
	    id, "tag:tamarind.example,2026:rules#18446744073709551615");
}

/* ---- in an appraisal ----------------------------------------------------- */

static void
of_an_appraisal(void **state)
{
	static struct library l;
	static struct draft d;
	static struct appraisal a;
	const struct verifier_store store = library_store(&l);
	struct verifier v = rats_verifier(&store);
	struct pair evidence, teep, report, tam;
	struct verifier_ask ask = {.media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	    .challenge = BYTES_LIT("0123456789abcdef"),
	    .now = NOW};

	(void)state;
	pair_make(&evidence, CRV_P256, false);
	pair_make(&teep, CRV_P256, false);
	pair_make(&report, CRV_P256, false);
	pair_make(&tam, CRV_P256, false);
	library_fill(&l);
	library_endorse(&l, &evidence, 7);
	draft_make(&d, &evidence, &teep, &report, tam.kid, ask.challenge, 7);
	memset(&r, 0, sizeof(r));
	v.rules = &r;
	assert_int_equal(verifier_appraise(&v, &ask, evidence_sign(&d), &a),
	    ERR_NOT_ATTESTED);
	assert_string_equal(a.why.what, "policy");
	assert_int_equal(a.verdict, REFUSED);
	assert_true(a.bound);
	assert_true(a.ruled_out);
	r.n = 1;
	r.rule[0].least = ASSURE_TPM;
	assert_int_equal(
	    verifier_appraise(&v, &ask, evidence_sign(&d), &a), ERR_ASSURANCE);
	assert_true(bytes_same(a.why.found, BYTES_LIT("process-grade")));
	r.rule[0].least = ASSURE_PROCESS;
	assert_int_equal(
	    verifier_appraise(&v, &ask, evidence_sign(&d), &a), OK);
	assert_int_equal(a.verdict, ACCEPTED);
	assert_false(a.ruled_out);
	/* what is refused without rules, they do not touch */
	draft_measure(&d, "agent", 0x77);
	assert_int_not_equal(
	    verifier_appraise(&v, &ask, evidence_sign(&d), &a), OK);
	assert_false(a.ruled_out);
	pair_free(&evidence);
	pair_free(&teep);
	pair_free(&report);
	pair_free(&tam);
}

/* ---- the book ------------------------------------------------------------ */

static size_t seen;
static struct rules_device last;

static enum err
see(void *ctx, const struct rules_device *d)
{
	(void)ctx;
	seen++;
	last = *d;
	return OK;
}

static void
book(void **state)
{
	char path[] = "/tmp/rules-XXXXXX", file[64];
	uint8_t room[16];
	struct rules_device d = {.ueid = {1, 2},
	    .ueid_n = 17,
	    .vendor = "v",
	    .model = "m",
	    .model_n = 1,
	    .kind = 1,
	    .assurance = ASSURE_TPM,
	    .proven = OK,
	    .time = 5000};
	struct rules_book *b, *reader;
	struct bytes text;
	uint64_t v, t;

	(void)state;
	assert_non_null(mkdtemp(path));
	(void)snprintf(file, sizeof(file), "%s/rules.db", path);
	assert_int_not_equal(rules_open(file, true, &b), OK);
	assert_int_equal(rules_create(file), OK);
	assert_int_equal(rules_create(file), ERR_EXISTS);
	assert_int_equal(rules_open(file, true, &b), OK);
	assert_int_equal(rules_open(file, false, &reader), OK);
	assert_int_equal(rules_newest(reader, &v), OK);
	assert_int_equal(v, 0);
	assert_int_equal(
	    rules_get(reader, 1, SPAN_OF(room), &text, &t), ERR_NOT_FOUND);
	assert_int_equal(rules_add(b, BYTES_LIT("one"), 7, &v), OK);
	assert_int_equal(v, 1);
	assert_int_equal(rules_add(b, BYTES_LIT("two"), 8, &v), OK);
	assert_int_equal(v, 2);
	assert_int_equal(rules_newest(reader, &v), OK);
	assert_int_equal(v, 2);
	assert_int_equal(rules_get(reader, 1, SPAN_OF(room), &text, &t), OK);
	assert_true(bytes_same(text, BYTES_LIT("one")));
	assert_int_equal(t, 7);
	assert_int_equal(
	    rules_get(reader, 2, (struct span){room, 2}, &text, &t), ERR_STORE);
	/* who may only read */
	assert_int_not_equal(rules_add(reader, BYTES_LIT("three"), 9, &v), OK);
	assert_int_not_equal(rules_device_put(reader, &d), OK);

	assert_int_equal(rules_device_put(b, &d), OK);
	d.time += 60; /* the same, a minute later */
	assert_int_equal(rules_device_put(b, &d), OK);
	assert_int_equal(rules_device_list(reader, see, NULL), OK);
	assert_int_equal(seen, 1);
	assert_int_equal(last.time, 5000);
	d.time += 3600;
	assert_int_equal(rules_device_put(b, &d), OK);
	assert_int_equal(rules_device_list(reader, see, NULL), OK);
	assert_int_equal(last.time, 8660);
	d.proven = ERR_MEASUREMENT;
	assert_int_equal(rules_device_put(b, &d), OK);
	d.ueid[0] = 2;
	assert_int_equal(rules_device_put(b, &d), OK);
	seen = 0;
	assert_int_equal(rules_device_list(reader, see, NULL), OK);
	assert_int_equal(seen, 2);
	assert_int_equal(last.proven, ERR_MEASUREMENT);
	assert_int_equal(last.ueid_n, 17);
	assert_string_equal(last.vendor, "v");
	assert_int_equal(last.model_n, 1);
	rules_close(reader);
	rules_close(b);
	rules_close(NULL);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_that_fits),
	    cmocka_unit_test(names),
	    cmocka_unit_test(of_an_appraisal),
	    cmocka_unit_test(book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
