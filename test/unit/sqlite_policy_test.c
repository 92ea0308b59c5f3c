/* sqlite_policy: what the operator decides, kept and refused. */
#include "append.h"
#include "sqlite_support.h"

#define LIST_MAX 256 /* what names and group_names are given */

/* ---- devices and groups ----------------------------------------------------
 */

static enum err
names(void *ctx, const struct policy_device *row)
{
	(void)append(ctx, LIST_MAX, "%s ", row->name);
	return OK;
}

static enum err
group_names(void *ctx, const struct policy_group *row)
{
	(void)append(
	    ctx, LIST_MAX, "%s=%u ", row->name, (unsigned)row->devices);
	return OK;
}

static void
devices(void **state)
{
	struct policy_device d, got;
	struct cose_key bad = b.device[0].pub;
	char list[LIST_MAX] = "";

	(void)state;
	assert_int_equal(
	    policy_device_add(b.p, b.c, "one", &b.device[0].pub, "", NOW, &d),
	    OK);
	assert_memory_equal(d.kid, b.device[0].kid, KID_LEN);
	assert_int_equal(d.added, NOW);
	/* a name once, a key once */
	assert_int_equal(
	    policy_device_add(b.p, b.c, "one", &b.device[1].pub, "", NOW, NULL),
	    ERR_EXISTS);
	assert_int_equal(
	    policy_device_add(b.p, b.c, "two", &b.device[0].pub, "", NOW, NULL),
	    ERR_EXISTS);
	bad.x[0] ^= 1;
	assert_int_equal(
	    policy_device_add(b.p, b.c, "bad", &bad, "", NOW, NULL),
	    ERR_COSE_KEY);
	memset(list, 'x', POLICY_NAME_MAX);
	list[POLICY_NAME_MAX] = 0;
	for (size_t i = 0; i < 6; i++) {
		const char *const no[] = {
		    "", "-a", "a b", "a/b", "ae\xcc\x81", list};

		assert_int_equal(policy_device_add(b.p, b.c, no[i],
				     &b.device[1].pub, "", NOW, NULL),
		    ERR_TEXT);
	}
	list[0] = 0;
	assert_int_equal(
	    policy_device_add(b.p, b.c, "two", &b.device[1].pub, "", NOW, NULL),
	    OK);
	assert_int_equal(policy_device_keyed(b.p, b.device[1].kid, &got), OK);
	assert_string_equal(got.name, "two");
	assert_memory_equal(&got.key, &b.device[1].pub, sizeof(got.key));
	assert_int_equal(
	    policy_device_keyed(b.p, b.author.kid, &got), ERR_NOT_FOUND);
	assert_int_equal(
	    policy_device_list(b.p, NULL, NULL, 10, names, list), OK);
	assert_string_equal(list, "one two ");
	list[0] = 0;
	assert_int_equal(
	    policy_device_list(b.p, POLICY_ALL, "one", 10, names, list), OK);
	assert_string_equal(list, "two ");
	/* a number is never given twice */
	assert_int_equal(policy_device_remove(b.p, "two"), OK);
	assert_int_equal(policy_device_remove(b.p, "two"), ERR_NOT_FOUND);
	d.id = got.id;
	assert_int_equal(
	    policy_device_add(b.p, b.c, "two", &b.device[1].pub, "", NOW, &got),
	    OK);
	assert_true(got.id > 2);
}

static void
groups(void **state)
{
	char list[LIST_MAX] = "";

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    policy_device_add(b.p, b.c, i == 0 ? "one" : "two",
			&b.device[i].pub, "", NOW, NULL),
		    OK);
	assert_int_equal(policy_group_join(b.p, "lab", "one"), OK);
	assert_int_equal(policy_group_join(b.p, "lab", "two"), OK);
	assert_int_equal(policy_group_join(b.p, "late", "two"), OK);
	assert_int_equal(policy_group_join(b.p, "lab", "one"), ERR_EXISTS);
	assert_int_equal(policy_group_join(b.p, "lab", "ten"), ERR_NOT_FOUND);
	assert_int_equal(policy_group_join(b.p, POLICY_ALL, "one"), ERR_TEXT);
	assert_int_equal(
	    policy_group_list(b.p, NULL, NULL, 10, group_names, list), OK);
	assert_string_equal(list, "lab=2 late=1 ");
	list[0] = 0;
	assert_int_equal(
	    policy_group_list(b.p, "one", NULL, 10, group_names, list), OK);
	assert_string_equal(list, "lab=2 ");
	list[0] = 0;
	assert_int_equal(
	    policy_device_list(b.p, "late", NULL, 10, names, list), OK);
	assert_string_equal(list, "two ");
	/* who is removed leaves his groups */
	assert_int_equal(policy_device_remove(b.p, "two"), OK);
	assert_int_equal(policy_group_leave(b.p, "lab", "one"), OK);
	assert_int_equal(policy_group_leave(b.p, "lab", "one"), ERR_NOT_FOUND);
	list[0] = 0;
	assert_int_equal(
	    policy_group_list(b.p, NULL, NULL, 10, group_names, list), OK);
	assert_string_equal(list, "");
}

/* ---- manifests ----------------------------------------------------------- */

static void
manifests(void **state)
{
	struct policy_manifest m, got;
	struct why why = {0};
	struct bytes e;

	(void)state;
	/* nobody may sign yet; a CoRIM signer may not */
	assert_int_equal(add(&b.author, "a", 1, "x", NULL), ERR_UNKNOWN_KEY);
	assert_int_equal(anchor("author", &b.author, CORIM_REFERENCE, ""), OK);
	assert_int_equal(add(&b.author, "a", 1, "x", NULL), ERR_UNKNOWN_KEY);
	assert_int_equal(policy_anchor_remove(b.p, "author"), OK);
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(anchor("other", &b.other, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(add(&b.author, "a", 1, "x", &m), OK);
	assert_string_equal(m.id, "ta/a");
	assert_string_equal(m.component, "ta/a");
	assert_true(m.has_image);
	assert_int_equal(m.size, 1);
	assert_memory_equal(m.signer, b.author.kid, KID_LEN);
	assert_int_equal(policy_manifest_get(b.p, m.digest, &got), OK);
	assert_memory_equal(got.image, m.image, DIGEST_LEN);
	assert_int_equal(got.envelope_n, m.envelope_n);
	/* again, the same number for something else, another's name */
	assert_int_equal(add(&b.author, "a", 1, "x", NULL), ERR_EXISTS);
	assert_int_equal(add(&b.author, "a", 1, "y", NULL), ERR_SEQUENCE_CLASH);
	assert_int_equal(add(&b.other, "a", 2, "x", NULL), ERR_OWNER);
	assert_int_equal(add(&b.other, "b", 1, "x", NULL), OK);
	/* one flipped octet */
	e = envelope(&b.author, "c", 1, "x");
	envelope_room[e.n / 2] ^= 1;
	assert_int_not_equal(
	    policy_manifest_add(b.p, b.c, e, NOW, &got, &why), OK);
	/* its signer is needed as long as it is there */
	assert_int_equal(policy_anchor_remove(b.p, "author"), ERR_BUSY);
	assert_int_equal(policy_manifest_remove(b.p, m.digest, &why), OK);
	assert_int_equal(
	    policy_manifest_remove(b.p, m.digest, &why), ERR_NOT_FOUND);
	assert_int_equal(policy_anchor_remove(b.p, "author"), OK);
}

/* ---- assignments ------------------------------------------------------------
 */

struct seen {
	size_t n;
	uint64_t sequence[8];
};

static enum err
see(void *ctx, const struct tam_manifest *row)
{
	struct seen *s = ctx;

	assert_true(s->n < 8);
	s->sequence[s->n++] = row->sequence;
	return OK;
}

static struct seen
assigned(uint64_t device)
{
	struct seen s = {0};

	assert_int_equal(policy_assigned(b.p, device, see, &s), OK);
	return s;
}

static void
assignments(void **state)
{
	struct policy_manifest m[4];
	struct policy_device d[2];
	struct why why = {0};
	struct seen s;

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(add(&b.author, "a", i + 1, "x", &m[i]), OK);
	assert_int_equal(add(&b.author, "b", 7, "x", &m[3]), OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    policy_device_add(b.p, b.c, i == 0 ? "one" : "two",
			&b.device[i].pub, "", NOW, &d[i]),
		    OK);
	assert_int_equal(policy_group_join(b.p, "lab", "one"), OK);
	assert_int_equal(
	    policy_assign(b.p, "all", "ta/none", NULL), ERR_NOT_FOUND);
	assert_int_equal(
	    policy_assign(b.p, "all", "ta/a", m[3].digest), ERR_NOT_FOUND);
	assert_int_equal(assigned(d[0].id).n, 0);
	/* all stay at 1, the lab goes ahead */
	assert_int_equal(policy_assign(b.p, "all", "ta/a", m[0].digest), OK);
	assert_int_equal(policy_assign(b.p, "lab", "ta/a", NULL), OK);
	assert_int_equal(policy_assign(b.p, "lab", "ta/b", NULL), OK);
	s = assigned(d[0].id);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.sequence[0], 3);
	assert_int_equal(s.sequence[1], 7);
	s = assigned(d[1].id);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.sequence[0], 1);
	/* assigning again replaces */
	assert_int_equal(policy_assign(b.p, "all", "ta/a", m[1].digest), OK);
	assert_int_equal(assigned(d[1].id).sequence[0], 2);
	/* what is promised stays */
	assert_int_equal(
	    policy_manifest_remove(b.p, m[1].digest, &why), ERR_BUSY);
	assert_int_equal(
	    policy_manifest_remove(b.p, m[3].digest, &why), ERR_BUSY);
	assert_int_equal(policy_manifest_remove(b.p, m[2].digest, &why), OK);
	assert_int_equal(assigned(d[0].id).sequence[0], 2);
	assert_int_equal(policy_unassign(b.p, "lab", "ta/b"), OK);
	assert_int_equal(policy_unassign(b.p, "lab", "ta/b"), ERR_NOT_FOUND);
	assert_int_equal(policy_manifest_remove(b.p, m[3].digest, &why), OK);
	assert_int_equal(policy_unassign(b.p, "all", "ta/a"), OK);
	assert_int_equal(assigned(d[1].id).n, 0);
	assert_int_equal(assigned(d[0].id).n, 1);
}

/* ---- repair sets -----------------------------------------------------------
 */

/* ta/NAME with this sequence, whose content comes encrypted. */
static struct bytes
sealed(const char *name, uint64_t sequence)
{
	static uint8_t inner[256], outer[512], done[1024];
	static const char common[] = "\xa1\x02\x81\x82\x42ta\x41";
	static const char install[] = "\x82\x14\xa1\x13\x41\xa0";
	struct cbor_out w = cbor_into(SPAN_OF(inner)), e;
	uint8_t digest[DIGEST_LEN], auth[64];
	struct bytes manifest, out, auth_in;
	char map[sizeof(common) + 1];

	memcpy(map, common, sizeof(common) - 1);
	map[sizeof(common) - 1] = name[0];
	cbor_put_map(&w, 4);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 2);
	cbor_put_uint(&w, sequence);
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, (struct bytes){(const uint8_t *)map, sizeof(common)});
	cbor_put_uint(&w, 20);
	cbor_put_bstr(&w, BYTES_LIT(install));
	assert_int_equal(cbor_done(&w, &manifest), OK);
	e = cbor_into(SPAN_OF(done));
	cbor_put_bstr(&e, manifest);
	assert_int_equal(cbor_done(&e, &out), OK);
	assert_int_equal(b.c->sha256(&out, 1, digest), OK);
	w = cbor_into(SPAN_OF(auth));
	cbor_put_array(&w, 2);
	cbor_put_int(&w, ALG_SHA256);
	cbor_put_bstr(&w, BYTES_OF(digest));
	assert_int_equal(cbor_done(&w, &auth_in), OK);
	e = cbor_into(SPAN_OF(outer));
	cbor_put_array(&e, 1);
	cbor_put_bstr(&e, auth_in);
	assert_int_equal(cbor_done(&e, &auth_in), OK);
	w = cbor_into(SPAN_OF(done));
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 2);
	cbor_put_bstr(&w, auth_in);
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, manifest);
	assert_int_equal(cbor_done(&w, &out), OK);
	w = cbor_into(SPAN_OF(envelope_room));
	assert_int_equal(suit_author_sign(&w, b.c, out, &b.author.s), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
repair(const char *group, const char *cause, const char *manifest,
    const uint8_t *pin)
{
	struct policy_repair r = {.pinned = pin != NULL};

	(void)snprintf(r.group, sizeof(r.group), "%s", group);
	(void)snprintf(r.cause, sizeof(r.cause), "%s", cause);
	(void)snprintf(r.manifest, sizeof(r.manifest), "%s", manifest);
	if (pin != NULL)
		memcpy(r.pin, pin, DIGEST_LEN);
	return policy_repair_add(b.p, &r);
}

static struct seen
repairing(uint64_t device, const char *cause)
{
	struct bytes name = {(const uint8_t *)cause, strlen(cause)};
	struct seen s = {0};

	assert_int_equal(policy_repairing(b.p, device, name, see, &s), OK);
	return s;
}

static enum err
repair_rows(void *ctx, const struct policy_repair *r)
{
	(void)append(ctx, LIST_MAX, "%s/%s/%s%s ", r->group, r->cause,
	    r->manifest, r->pinned ? "!" : "");
	return OK;
}

static void
repairs(void **state)
{
	struct policy_manifest m[3], got;
	struct policy_device d[2];
	char list[LIST_MAX] = "";
	struct bytes id = BYTES_LIT("\x82\x42ta\x41"
				    "a");
	struct why why = {0};
	bool yes;

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(add(&b.author, "a", i + 1, "x", &m[i]), OK);
	assert_int_equal(add(&b.author, "b", 7, "x", &m[2]), OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    policy_device_add(b.p, b.c, i == 0 ? "one" : "two",
			&b.device[i].pub, "", NOW, &d[i]),
		    OK);
	assert_int_equal(policy_group_join(b.p, "lab", "one"), OK);
	assert_int_equal(
	    repair("all", "agent", "ta/none", NULL), ERR_NOT_FOUND);
	assert_int_equal(
	    repair("all", "agent", "ta/a", m[2].digest), ERR_NOT_FOUND);
	assert_int_equal(repair("a b", "agent", "ta/a", NULL), ERR_TEXT);
	assert_int_equal(repair("all", "", "ta/a", NULL), ERR_TEXT);
	assert_int_equal(repair("all", "a\x1b[m", "ta/a", NULL), ERR_TEXT);
	assert_int_equal(repairing(d[0].id, "agent").n, 0);
	/* by cause and by group, and the newest unless pinned */
	assert_int_equal(repair("all", "agent", "ta/a", m[0].digest), OK);
	assert_int_equal(repair("lab", "component:ta/a", "ta/a", NULL), OK);
	assert_int_equal(repair("lab", "component:ta/a", "ta/b", NULL), OK);
	assert_int_equal(repairing(d[0].id, "agent").n, 1);
	assert_int_equal(repairing(d[0].id, "agent").sequence[0], 1);
	assert_int_equal(repairing(d[1].id, "agent").n, 1);
	assert_int_equal(repairing(d[0].id, "component:ta/a").n, 2);
	assert_int_equal(repairing(d[0].id, "component:ta/a").sequence[0], 2);
	assert_int_equal(repairing(d[1].id, "component:ta/a").n, 0);
	assert_int_equal(repairing(d[1].id, "launcher").n, 0);
	assert_int_equal(
	    policy_repairing(b.p, d[0].id, BYTES_LIT("agent\0"), see, NULL),
	    OK);
	/* which ids they keep in place */
	assert_int_equal(policy_repairs(b.p, d[1].id, id, &yes), OK);
	assert_true(yes);
	assert_int_equal(policy_repair_remove(b.p, "all", "agent", "ta/a"), OK);
	assert_int_equal(policy_repairs(b.p, d[1].id, id, &yes), OK);
	assert_false(yes);
	assert_int_equal(policy_repairs(b.p, d[0].id, id, &yes), OK);
	assert_true(yes);
	assert_int_equal(
	    policy_repair_remove(b.p, "all", "agent", "ta/a"), ERR_NOT_FOUND);
	assert_int_equal(repair("all", "agent", "ta/a", m[0].digest), OK);
	assert_int_equal(policy_repair_list(b.p, repair_rows, list), OK);
	assert_string_equal(list, "all/agent/ta/a! lab/component:ta/a/ta/a "
				  "lab/component:ta/a/ta/b ");
	/* what is promised stays */
	assert_int_equal(
	    policy_manifest_remove(b.p, m[0].digest, &why), ERR_BUSY);
	assert_int_equal(
	    policy_manifest_remove(b.p, m[2].digest, &why), ERR_BUSY);
	/* no secret gets into a set, by either door */
	assert_int_equal(
	    policy_manifest_add(b.p, b.c, sealed("a", 9), NOW, &got, &why),
	    ERR_UNEXPECTED);
	assert_int_equal(
	    policy_manifest_add(b.p, b.c, sealed("s", 1), NOW, &got, &why), OK);
	assert_int_equal(repair("all", "agent", "ta/s", NULL), ERR_UNEXPECTED);
}

static void
grants(void **state)
{
	struct policy_manifest m;
	struct policy_device d[2];
	struct tam_manifest got;
	struct why why = {0};
	struct bytes id;
	uint8_t room[64];

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(add(&b.author, "a", 1, "x", NULL), OK);
	assert_int_equal(add(&b.author, "a", 2, "x", &m), OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    policy_device_add(b.p, b.c, i == 0 ? "one" : "two",
			&b.device[i].pub, "", NOW, &d[i]),
		    OK);
	assert_int_equal(suit_id_from_text("ta/a", SPAN_OF(room), &id), OK);
	assert_int_equal(policy_granted(b.p, d[0].id, id, &got), ERR_NOT_FOUND);
	assert_int_equal(policy_grant(b.p, "one", "ta/none"), ERR_NOT_FOUND);
	assert_int_equal(policy_grant(b.p, "ten", "ta/a"), ERR_NOT_FOUND);
	assert_int_equal(policy_grant(b.p, "one", "ta/a"), OK);
	assert_int_equal(policy_grant(b.p, "one", "ta/a"), ERR_EXISTS);
	assert_int_equal(policy_granted(b.p, d[0].id, id, &got), OK);
	assert_memory_equal(got.digest, m.digest, DIGEST_LEN);
	assert_int_equal(policy_granted(b.p, d[1].id, id, &got), ERR_NOT_FOUND);
	assert_int_equal(assigned(d[0].id).n, 0);
	assert_int_equal(policy_manifest_remove(b.p, m.digest, &why), OK);
	assert_int_equal(policy_granted(b.p, d[0].id, id, &got), OK);
	assert_int_equal(got.sequence, 1);
	assert_int_equal(
	    policy_manifest_remove(b.p, got.digest, &why), ERR_BUSY);
	assert_int_equal(policy_ungrant(b.p, "one", "ta/a"), OK);
	assert_int_equal(policy_granted(b.p, d[0].id, id, &got), ERR_NOT_FOUND);
}

/* ---- CoRIMs
 * ------------------------------------------------------------------ */

static uint8_t corim_room[8192];

static struct corim_entry
entry(enum corim_kind kind, const char *vendor)
{
	struct corim_entry e = {.kind = kind,
	    .class_id = BYTES_LIT("model-1"),
	    .vendor = {(const uint8_t *)vendor, strlen(vendor)}};

	return e;
}

static struct bytes
corim(const struct pair *by, const char *id, uint64_t not_after,
    const struct corim_entry *e, size_t n)
{
	static uint8_t plain[8192];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct bytes out;

	assert_int_equal(
	    corim_author(&w, id, "tag", NOW - 10, not_after, e, n), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	w = cbor_into(SPAN_OF(corim_room));
	assert_int_equal(corim_author_sign(&w, &by->s, "maker", out), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
import(struct bytes c)
{
	struct policy_corim out;
	struct why why = {0};

	return policy_corim_add(b.p, b.c, NULL, c, NOW, &out, &why);
}

static enum err
count_said(void *ctx, const struct policy_corim *row)
{
	*(size_t *)ctx += row->keys + row->statements;
	return OK;
}

static size_t
records(void)
{
	size_t n = 0;

	assert_int_equal(policy_corim_list(b.p, NULL, 99, count_said, &n), OK);
	return n;
}

/* What is said at a time besides keys of devices. */
static size_t
library(uint64_t now)
{
	const struct acs_library *l;

	assert_int_equal(policy_library(b.p, now, &l), OK);
	for (size_t i = 0; i < l->n; i++)
		assert_memory_equal(l->corim[i]->signer, b.maker.kid, KID_LEN);
	return acs_library_count(l) -
	       (l->first[SAYS_ATTEST_KEY + 1] - l->first[SAYS_ATTEST_KEY]);
}

static void
corims(void **state)
{
	uint8_t digest[DIGEST_LEN] = {7};
	struct corim_entry e[3] = {
	    entry(CORIM_ATTEST_KEY, "0a0b0c"),
	    entry(CORIM_REFERENCE, "0a0b0c"),
	    entry(CORIM_ENDORSED, "0a0b0c"),
	};
	struct verifier_key key;
	struct policy_corim c;
	struct why why = {0};

	(void)state;
	e[0].ueid = BYTES_LIT("\x01 sixteen octets!!");
	e[0].ueid.n = 17;
	e[0].key = b.evidence[0].pub;
	e[1].mkey = BYTES_LIT("agent");
	e[1].digest = BYTES_OF(digest);
	e[2].mkey = BYTES_LIT("assurance");
	e[2].name = BYTES_LIT("process-grade");
	assert_int_equal(
	    import(corim(&b.maker, "one", NOW + 10, e, 3)), ERR_UNKNOWN_KEY);
	assert_int_equal(anchor("maker", &b.maker,
			     CORIM_REFERENCE | CORIM_ATTEST_KEY, "0a0b0c"),
	    OK);
	/* one record outside the scope: nothing of it is kept */
	assert_int_equal(
	    import(corim(&b.maker, "one", NOW + 10, e, 3)), ERR_SCOPE);
	assert_int_equal(records(), 0);
	assert_int_equal(policy_corim_remove(b.p, "one"), ERR_NOT_FOUND);
	assert_int_equal(policy_anchor_remove(b.p, "maker"), OK);
	assert_int_equal(
	    anchor("maker", &b.maker,
		CORIM_REFERENCE | CORIM_ATTEST_KEY | CORIM_ENDORSED, "0a0b0c"),
	    OK);
	assert_int_equal(
	    policy_corim_add(b.p, b.c, NULL,
		corim(&b.maker, "one", NOW + 10, e, 3), NOW, &c, &why),
	    OK);
	assert_string_equal(c.id, "one");
	assert_int_equal(c.keys, 1);
	assert_int_equal(c.statements, 2);
	assert_int_equal(records(), 3);
	assert_int_equal(
	    policy_verifier_key(b.p, NOW, b.evidence[0].kid, &key), OK);
	assert_int_equal(key.ueid_n, 17);
	assert_string_equal(key.vendor, "0a0b0c");
	assert_string_equal(key.corim, "one");
	assert_memory_equal(&key.key, &b.evidence[0].pub, sizeof(key.key));
	assert_int_equal(policy_verifier_key(b.p, NOW, b.evidence[1].kid, &key),
	    ERR_UNKNOWN_KEY);
	/* before and after its time it says nothing */
	assert_int_equal(
	    policy_verifier_key(b.p, NOW + 11, b.evidence[0].kid, &key),
	    ERR_UNKNOWN_KEY);
	assert_int_equal(
	    policy_verifier_key(b.p, NOW - 11, b.evidence[0].kid, &key),
	    ERR_UNKNOWN_KEY);
	assert_int_equal(library(NOW), 2);
	assert_int_equal(library(NOW + 10), 2);
	assert_int_equal(library(NOW + 11), 0);
	assert_int_equal(library(NOW - 11), 0);
	assert_int_equal(library(NOW), 2);
	/* the same id again replaces; expired refuses */
	assert_int_equal(import(corim(&b.maker, "one", NOW + 20, e, 2)), OK);
	assert_int_equal(records(), 2);
	assert_int_equal(library(NOW), 1);
	assert_int_equal(
	    import(corim(&b.maker, "old", NOW - 1, e, 2)), ERR_EXPIRED);
	/* a key cannot become another device */
	e[0].ueid = BYTES_LIT("\x02 sixteen octets!!");
	e[0].ueid.n = 17;
	assert_int_equal(
	    import(corim(&b.maker, "two", NOW + 20, e, 2)), ERR_EXISTS);
	/* another signer's id */
	assert_int_equal(anchor("other", &b.other, CORIM_REFERENCE, ""), OK);
	assert_int_equal(
	    import(corim(&b.other, "one", NOW + 20, e + 1, 1)), ERR_OWNER);
	/* who is not believed any more has said nothing */
	assert_int_equal(policy_anchor_remove(b.p, "maker"), OK);
	assert_int_equal(records(), 0);
	assert_int_equal(library(NOW), 0);
	assert_int_equal(policy_verifier_key(b.p, NOW, b.evidence[0].kid, &key),
	    ERR_UNKNOWN_KEY);
}

/* A CoRIM of one tag that says nothing but that "tag" is replaced. */
static struct bytes
replacement(const struct pair *by)
{
	static uint8_t plain[512];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct bytes out;
	size_t mark;

	cbor_put_tag(&w, TAG_CORIM);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "later");
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, TAG_COMID);
	mark = cbor_wrap_begin(&w);
	/* tag-identity, linked-tags, triples: "model-1" has version "9" */
	cbor_put_raw(
	    &w, BYTES_LIT("\xa3\x01\xa1\x00\x65later"
			  "\x03\x81\xa2\x00\x63tag\x01\x01"
			  "\x04\xa1\x00\x81\x82"
			  "\xa1\x00\xa2\x00\xd9\x02\x30\x47model-1"
			  "\x01\x66"
			  "0a0b0c"
			  "\x81\xa2\x00\x61x\x01\xa1\x00\xa1\x00\x61\x39"));
	cbor_wrap_end(&w, mark);
	assert_int_equal(cbor_done(&w, &out), OK);
	w = cbor_into(SPAN_OF(corim_room));
	assert_int_equal(corim_author_sign(&w, &by->s, "maker", out), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* Whoever endorsed a device's key may take that back with a later tag, and
 * nobody else. */
static void
keys_taken_back(void **state)
{
	struct corim_entry e = entry(CORIM_ATTEST_KEY, "0a0b0c");
	struct verifier_key key;

	(void)state;
	e.ueid = BYTES_LIT("\x01 sixteen octets!!");
	e.ueid.n = 17;
	e.key = b.evidence[0].pub;
	assert_int_equal(anchor("maker", &b.maker,
			     CORIM_REFERENCE | CORIM_ATTEST_KEY, "0a0b0c"),
	    OK);
	assert_int_equal(
	    anchor("other", &b.other, CORIM_REFERENCE, "0a0b0c"), OK);
	assert_int_equal(import(corim(&b.maker, "one", NOW + 10, &e, 1)), OK);
	assert_int_equal(import(replacement(&b.other)), OK);
	assert_int_equal(
	    policy_verifier_key(b.p, NOW, b.evidence[0].kid, &key), OK);
	assert_int_equal(policy_corim_remove(b.p, "later"), OK);
	assert_int_equal(import(replacement(&b.maker)), OK);
	assert_int_equal(policy_verifier_key(b.p, NOW, b.evidence[0].kid, &key),
	    ERR_UNKNOWN_KEY);
	assert_int_equal(key.ueid_n, 0);
	assert_int_equal(policy_corim_remove(b.p, "later"), OK);
	assert_int_equal(
	    policy_verifier_key(b.p, NOW, b.evidence[0].kid, &key), OK);
}

/* ---- the file
 * ------------------------------------------------------------------ */

static void
readers(void **state)
{
	struct policy *r, *other;
	struct policy_device d;
	uint64_t before;

	(void)state;
	assert_int_equal(policy_create(b.policy_path), ERR_EXISTS);
	assert_int_equal(
	    policy_open("/nonexistent/x", false, &r), ERR_NOT_FOUND);
	assert_int_equal(policy_open(b.state_path, false, &r), ERR_VERSION);
	assert_int_equal(policy_open(b.policy_path, false, &r), OK);
	assert_int_equal(policy_open(b.policy_path, false, &other), OK);
	before = policy_version(r);
	assert_int_equal(
	    policy_device_add(b.p, b.c, "one", &b.device[0].pub, "", NOW, NULL),
	    OK);
	assert_true(policy_version(r) != before);
	assert_int_equal(policy_device_named(r, "one", &d), OK);
	/* a reader cannot write */
	assert_int_equal(policy_device_remove(r, "one"), ERR_STORE);
	assert_int_equal(policy_group_join(r, "lab", "one"), ERR_STORE);
	/* what is held is one moment; two may hold */
	assert_int_equal(policy_hold(r), OK);
	assert_int_equal(policy_device_named(r, "one", &d), OK);
	assert_int_equal(policy_device_named(other, "one", &d), OK);
	policy_release(r);
	assert_int_equal(policy_device_remove(b.p, "one"), OK);
	assert_int_equal(policy_device_named(r, "one", &d), ERR_NOT_FOUND);
	policy_close(r);
	policy_close(other);
}

static void
anchors(void **state)
{
	struct policy_anchor a = {.name = "a", .n_scopes = 0};
	struct policy_anchor got;

	(void)state;
	a.key = b.maker.pub;
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), ERR_RANGE);
	a.n_scopes = POLICY_SCOPES_MAX + 1;
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), ERR_RANGE);
	a.n_scopes = 2;
	a.scope[0].kinds = CORIM_REFERENCE;
	a.scope[1].kinds = 64;
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), ERR_RANGE);
	a.scope[1].kinds = 0;
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), ERR_RANGE);
	a.scope[1].kinds = CORIM_ATTEST_KEY;
	memcpy(a.scope[1].class_id, "model-1", 7);
	a.scope[1].class_id_n = 7;
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), OK);
	assert_int_equal(policy_anchor_add(b.p, b.c, &a), ERR_EXISTS);
	assert_int_equal(policy_anchor_keyed(b.p, b.maker.kid, &got), OK);
	assert_int_equal(got.n_scopes, 2);
	assert_int_equal(got.scope[1].class_id_n, 7);
	assert_int_equal(
	    policy_anchor_keyed(b.p, b.other.kid, &got), ERR_NOT_FOUND);
	assert_int_equal(policy_anchor_remove(b.p, "b"), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(devices),
	    TEST(groups),
	    TEST(anchors),
	    TEST(manifests),
	    TEST(assignments),
	    TEST(repairs),
	    TEST(grants),
	    TEST(corims),
	    TEST(keys_taken_back),
	    TEST(readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
