/*
 * conform_world: the keys, manifests and statements that a target has to be
 * set up with: made once, loaded before each run.
 */
#include "conform.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0c0f5e5c-3a1d-5b6e-9a53-0b7c551e2a01, 7d11903e-6c2f-5d44-8f6a-1b92c4087702 */
const uint8_t world_vendor[16] = {0x0c, 0x0f, 0x5e, 0x5c, 0x3a, 0x1d, 0x5b,
    0x6e, 0x9a, 0x53, 0x0b, 0x7c, 0x55, 0x1e, 0x2a, 0x01};
const uint8_t world_class[16] = {0x7d, 0x11, 0x90, 0x3e, 0x6c, 0x2f, 0x5d, 0x44,
    0x8f, 0x6a, 0x1b, 0x92, 0xc4, 0x08, 0x77, 0x02};

#define HWMODEL   "conform-1"
#define HWVERSION "1.0.0"

static const char *const device_names[WORLD_DEVICES] = {
    "esp-a", "esp-b", "esp-c", "ed-a", "ed-b", "ed-c"};

static _Noreturn void
bad(const char *path, enum err e)
{
	print_err(PROG, path, e);
	exit(EXIT_REFUSED);
}

static const char *path_of(char out[PATH_MAX], const char *dir,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static const char *
path_of(char out[PATH_MAX], const char *dir, const char *format, ...)
{
	int n = snprintf(out, PATH_MAX, "%s/", dir);
	va_list ap;

	if (n < 0 || n >= PATH_MAX)
		die(PROG, EXIT_REFUSED, "%s: the name is too long", dir);
	va_start(ap, format);
	n += vsnprintf(out + n, (size_t)(PATH_MAX - n), format, ap);
	va_end(ap);
	if (n >= PATH_MAX)
		die(PROG, EXIT_REFUSED, "%s: the name is too long", dir);
	return out;
}

static void
put_file(const char *dir, const char *name, struct bytes b, enum write_mode m)
{
	char path[PATH_MAX];
	enum err e = write_file_atomic(path_of(path, dir, "%s", name), b, m);

	if (e != OK)
		bad(path, e);
}

static void
make_dir(const char *dir)
{
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		bad(dir, ERR_SYSTEM);
}

/* ---- keys --------------------------------------------------------------- */

/* A new pair as private/NAME.pem and NAME.pub.pem. */
static void
key_make(const char *dir, const char *name, int32_t crv)
{
	uint8_t room[OPENSSL_PEM_MAX];
	char path[PATH_MAX], file[160];
	struct cose_key pub;
	struct bytes pem;
	enum err e;

	e = openssl_key_generate(crv, SPAN_OF(room), &pem, &pub);
	if (e == OK)
		e = write_file_atomic(
		    path_of(path, dir, "private/%s.pem", name), pem,
		    WRITE_SECRET);
	wipe(room, sizeof(room));
	if (e == OK)
		e = openssl_public_write(&pub, SPAN_OF(room), &pem);
	if (e != OK)
		bad(path, e);
	(void)snprintf(file, sizeof(file), "%s.pub.pem", name);
	put_file(dir, file, pem, WRITE_PUBLIC);
}

static void
pair_load(struct pair *p, const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct bytes pem;
	enum err e;

	memset(p, 0, sizeof(*p));
	path_of(path, dir, "private/%s.pem", name);
	e = read_file(path, KEY_FILE_MAX, &pem);
	if (e != OK)
		bad(path, e);
	e = openssl_private_public(pem, &p->pub);
	if (e == OK)
		e = openssl_signer_load(pem, &p->s);
	release_bytes(&pem);
	if (e != OK)
		bad(path, e);
	memcpy(p->kid, p->s.kid, KID_LEN);
	p->there = true;
}

static void
pair_new(struct pair *p, int32_t crv)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	enum err e = openssl_key_generate(crv, SPAN_OF(room), &pem, &p->pub);

	if (e == OK)
		e = openssl_signer_load(pem, &p->s);
	wipe(room, sizeof(room));
	if (e != OK)
		bad("a new key", e);
	memcpy(p->kid, p->s.kid, KID_LEN);
	p->there = true;
}

/* A key of the target; optional ones may be absent. */
static void
public_load(struct pair *p, const char *keys, const char *name, bool must)
{
	char path[PATH_MAX];
	enum err e;

	memset(p, 0, sizeof(*p));
	e = load_public_key(path_of(path, keys, "%s", name), &p->pub, p->kid);
	if (e == ERR_NOT_FOUND && !must)
		return;
	if (e != OK)
		print_key_err(PROG, path, false, e);
	if (e != OK)
		exit(EXIT_REFUSED);
	p->there = true;
}

/* ---- the devices and their maker ---------------------------------------- */

static void
name_digest(const struct crypto *c, const char *name, uint8_t out[DIGEST_LEN])
{
	const struct bytes b = bytes_of_text(name);

	if (c->sha256(&b, 1, out) != OK)
		die(PROG, EXIT_REFUSED, "SHA-256 failed");
}

static void
ueid_of(const struct crypto *c, const char *name, uint8_t ueid[17])
{
	uint8_t digest[DIGEST_LEN];

	name_digest(c, name, digest);
	ueid[0] = 1; /* RAND */
	memcpy(ueid + 1, digest, 16);
}

struct build_device
world_build_device(const struct world_device *d)
{
	const struct crypto *c = crypto_or_die(PROG);
	struct build_device out = {
	    .teep = &d->teep.s,
	    .evidence = &d->evidence.s,
	    .report = &d->report.s,
	    .teep_pub = d->teep.pub,
	    .report_pub = d->report.pub,
	    .ueid = BYTES_OF(d->ueid),
	    .oemid = BYTES_LIT("\x43\x89\x48\x23"),
	    .hwmodel = BYTES_LIT(HWMODEL),
	    .hwversion = BYTES_LIT("\x81\x65" HWVERSION),
	};

	name_digest(c, "launcher", out.launcher);
	name_digest(c, "agent", out.agent);
	name_digest(c, "policy", out.policy);
	memcpy(out.bootseed, d->bootseed, sizeof(out.bootseed));
	return out;
}

/* What the maker says about its devices, as `teep corim create` reads it. */
static void
corim_recipe(const struct crypto *c, const char *dir)
{
	char path[PATH_MAX], hex[2 * DIGEST_LEN + 1];
	uint8_t digest[DIGEST_LEN], ueid[17];
	FILE *f = fopen(path_of(path, dir, "corim.json"), "w");

	if (f == NULL)
		bad(path, ERR_SYSTEM);
	(void)fprintf(f,
	    "{\"id\": \"conform-1\", \"tag-id\": \"conform\",\n"
	    " \"environments\": [{\"oemid\": \"" WORLD_VENDOR
	    "\", \"hwmodel\": \"636f6e666f726d2d31\",\n"
	    "  \"hwversion\": [\"" HWVERSION
	    "\"], \"assurance\": \"process-grade\",\n  \"reference\": [");
	for (size_t i = 0; i < 2; i++) {
		const char *name = i == 0 ? "launcher" : "agent";

		name_digest(c, name, digest);
		hex_text(hex, sizeof(hex), BYTES_OF(digest));
		(void)fprintf(f, "%s{\"name\": \"%s\", \"sha256\": \"%s\"}",
		    i == 0 ? "" : ",\n   ", name, hex);
	}
	(void)fprintf(f, "],\n  \"attest-keys\": [");
	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		ueid_of(c, device_names[i], ueid);
		hex_text(hex, sizeof(hex), BYTES_OF(ueid));
		(void)fprintf(f,
		    "%s{\"ueid\": \"%s\", \"key\": \"%s-evidence.pub.pem\"}",
		    i == 0 ? "" : ",\n   ", hex, device_names[i]);
	}
	(void)fprintf(f, "]}]}\n");
	if (fclose(f) != 0)
		bad(path, ERR_SYSTEM);
}

/* A device as `teep agent --device` reads it. */
static void
device_recipe(const struct crypto *c, const char *dir, const char *name)
{
	static const char *const parts[] = {"launcher", "agent", "policy"};
	char path[PATH_MAX], hex[2 * DIGEST_LEN + 1];
	uint8_t digest[DIGEST_LEN], ueid[17];
	FILE *f = fopen(path_of(path, dir, "%s.json", name), "w");

	if (f == NULL)
		bad(path, ERR_SYSTEM);
	ueid_of(c, name, ueid);
	hex_text(hex, sizeof(hex), BYTES_OF(ueid));
	(void)fprintf(f,
	    "{\"teep\": \"private/%s-teep.pem\",\n"
	    " \"evidence\": \"private/%s-evidence.pem\",\n"
	    " \"report\": \"private/%s-report.pem\",\n"
	    " \"ueid\": \"%s\", \"oemid\": \"" WORLD_VENDOR
	    "\", \"hwmodel\": \"636f6e666f726d2d31\",\n"
	    " \"hwversion\": \"" HWVERSION "\"",
	    name, name, name, hex);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		name_digest(c, parts[i], digest);
		hex_text(hex, sizeof(hex), BYTES_OF(digest));
		(void)fprintf(f, ",\n \"%s\": \"%s\"", parts[i], hex);
	}
	(void)fprintf(f, "}\n");
	if (fclose(f) != 0)
		bad(path, ERR_SYSTEM);
}

/* Run another command of this program. */
static void
command(int (*run)(int argc, char **argv), const char *const *words, int n)
{
	char *argv[12];

	for (int i = 0; i < n; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	argv[n] = NULL;
	optind = 0; /* begin anew */
	if (run(n, argv) != EXIT_DONE)
		exit(EXIT_REFUSED);
}

static void
corim_make(const struct crypto *c, const char *dir)
{
	char recipe[PATH_MAX], bare[PATH_MAX], key[PATH_MAX], out[PATH_MAX];
	const char *create[] = {"create", recipe, "-o", bare};
	const char *sign[] = {
	    "sign", "--key", key, "--name", "conform.example", bare, "-o", out};

	corim_recipe(c, dir);
	path_of(recipe, dir, "corim.json");
	path_of(bare, dir, "unsigned.corim");
	path_of(key, dir, "private/maker.pem");
	path_of(out, dir, "conform.corim");
	command(cmd_corim_create, create, 4);
	command(cmd_corim_sign, sign, 8);
	(void)unlink(bare);
}

/* ---- manifests ---------------------------------------------------------- */

struct suit_recipe
world_recipe(struct build *b, const char *id, uint64_t sequence,
    struct bytes payload, uint8_t digest[DIGEST_LEN])
{
	build_fail(b, b->crypto->sha256(&payload, 1, digest));
	return (struct suit_recipe){
	    .sequence = sequence,
	    .component = build_id(b, id),
	    .vendor = BYTES_OF(world_vendor),
	    .class_id = BYTES_OF(world_class),
	    .digest = {digest, DIGEST_LEN},
	    .size = payload.n,
	    .uri = BYTES_LIT("#payload"),
	    .payload = payload,
	};
}

static void
app_make(const struct crypto *c, const char *dir)
{
	struct build b = build_new(c);
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = world_recipe(
	    &b, WORLD_APP, 1, BYTES_LIT("conform component\n"), digest);
	const struct signer *by[1];
	struct bytes envelope;
	struct pair author;

	pair_load(&author, dir, "author");
	by[0] = &author.s;
	envelope = build_manifest(&b, &r, by, 1);
	if (b.err != OK)
		bad("the component", b.err);
	put_file(dir, "app.suit", envelope, WRITE_PUBLIC);
	build_free(&b);
	openssl_signer_free(&author.s);
}

/* ---- the policy of an agent --------------------------------------------- */

static void
policy_make(const struct crypto *c, const char *dir, const char *uri)
{
	char json[PATH_MAX], object[PATH_MAX], path[PATH_MAX];
	const char *create[] = {"create", json, "-o", object};
	struct build b = build_new(c);
	uint8_t digest[DIGEST_LEN];
	struct bytes policy, envelope;
	const struct signer *by[1];
	struct suit_recipe r;
	struct pair admin;
	FILE *f;
	enum err e;

	path_of(json, dir, "policy.json");
	path_of(object, dir, "policy.cbor");
	f = fopen(json, "w");
	if (f == NULL)
		bad(json, ERR_SYSTEM);
	(void)fprintf(f,
	    "{\"admins\": {\"threshold\": 1, \"keys\": [\"admin.pub.pem\"]},\n"
	    " \"tams\": [{\"name\": \"conform\", \"uri\": \"%s\",\n"
	    "   \"keys\": [\"tam-esp256.pub.pem\", \"tam-ed25519.pub.pem\"],\n"
	    "   \"encryption\": \"tam-encryption.pub.pem\",\n"
	    "   \"prefixes\": [\"conform\", \"policy\"]},\n"
	    "  {\"name\": \"conform-other\", \"uri\": \"%s-other\",\n"
	    "   \"keys\": [\"other-tam.pub.pem\"],\n"
	    "   \"encryption\": \"other-encryption.pub.pem\",\n"
	    "   \"prefixes\": [\"conform-other\"]}],\n"
	    " \"signers\": [{\"name\": \"author\", \"keys\": "
	    "[\"author.pub.pem\"],\n   \"prefixes\": [\"conform\"]},\n"
	    "  {\"name\": \"other-author\", \"keys\": "
	    "[\"other-author.pub.pem\"],\n"
	    "   \"prefixes\": [\"conform-other\"]}],\n"
	    " \"verifiers\": [{\"name\": \"verifier\", \"keys\": "
	    "[\"verifier.pub.pem\"]}],\n"
	    " \"recovery\": {\"name\": \"recovery\", \"keys\": "
	    "[\"recovery.pub.pem\"],\n"
	    "   \"uri\": \"https://recovery.example/\", \"prefixes\": "
	    "[\"policy\"],\n"
	    "   \"dialect\": {\"evidence\": \"if-key\"}},\n"
	    " \"callers\": [{\"prefix\": \"conform\"}]}\n",
	    uri, uri);
	if (fclose(f) != 0)
		bad(json, ERR_SYSTEM);
	command(cmd_policy_create, create, 4);
	e = read_file(object, INPUT_MAX, &policy);
	if (e != OK)
		bad(object, e);
	r = world_recipe(&b, "policy", 1, policy, digest);
	r.vendor = r.class_id = BYTES_NONE;
	pair_load(&admin, dir, "admin");
	by[0] = &admin.s;
	envelope = build_manifest(&b, &r, by, 1);
	if (b.err != OK)
		bad(path_of(path, dir, "policy.suit"), b.err);
	put_file(dir, "policy.suit", envelope, WRITE_PUBLIC);
	release_bytes(&policy);
	build_free(&b);
	openssl_signer_free(&admin.s);
}

/* ---- making ------------------------------------------------------------- */

void
world_make(const char *dir, bool agent, const char *uri)
{
	const struct crypto *c = crypto_or_die(PROG);
	char path[PATH_MAX], name[64];
	static const char *const agent_p256[] = {"tam-esp256", "tam-encryption",
	    "other-tam", "admin", "author", "other-author", "verifier", "maker",
	    "other-encryption", "recovery"};

	make_dir(dir);
	make_dir(path_of(path, dir, "private"));
	if (agent) {
		for (size_t i = 0; i < ARRAY_LEN(agent_p256); i++)
			key_make(dir, agent_p256[i], CRV_P256);
		key_make(dir, "tam-ed25519", CRV_ED25519);
		policy_make(c, dir, uri);
		return;
	}
	key_make(dir, "maker", CRV_P256);
	key_make(dir, "author", CRV_P256);
	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		int32_t crv = i < WORLD_DEVICES / 2 ? CRV_P256 : CRV_ED25519;
		static const char *const of[] = {"teep", "evidence", "report"};

		for (size_t k = 0; k < ARRAY_LEN(of); k++) {
			(void)snprintf(name, sizeof(name), "%s-%s",
			    device_names[i], of[k]);
			key_make(dir, name, crv);
		}
		device_recipe(c, dir, device_names[i]);
	}
	corim_make(c, dir);
	app_make(c, dir);
}

/* ---- loading ------------------------------------------------------------ */

static void
device_load(struct world *w, size_t i)
{
	struct world_device *d = &w->device[i];
	char name[64];

	d->name = device_names[i];
	(void)snprintf(name, sizeof(name), "%s-teep", d->name);
	pair_load(&d->teep, w->dir, name);
	(void)snprintf(name, sizeof(name), "%s-evidence", d->name);
	pair_load(&d->evidence, w->dir, name);
	(void)snprintf(name, sizeof(name), "%s-report", d->name);
	pair_load(&d->report, w->dir, name);
	ueid_of(w->crypto, d->name, d->ueid);
	/* a run is one boot of every device */
	if (w->crypto->random(SPAN_OF(d->bootseed)) != OK)
		bad("a boot seed", ERR_RANDOM);
}

void
world_load_tam(struct world *w, const char *dir, const char *keys)
{
	char path[PATH_MAX];
	struct build b;
	enum err e;

	memset(w, 0, sizeof(*w));
	w->crypto = crypto_or_die(PROG);
	w->dir = dir;
	for (size_t i = 0; i < WORLD_DEVICES; i++)
		device_load(w, i);
	pair_load(&w->maker, dir, "maker");
	pair_load(&w->author, dir, "author");
	pair_new(&w->stranger, CRV_P256);
	pair_new(&w->bystander, CRV_ED25519);
	e = read_file(path_of(path, dir, "app.suit"), INPUT_MAX, &w->app);
	if (e != OK)
		bad(path, e);
	b = build_new(w->crypto);
	build_digest(&b, w->app, w->app_digest);
	if (b.err != OK)
		bad(path, b.err);
	build_free(&b);
	public_load(&w->tam[0], keys, "teep-esp256.pem", true);
	public_load(&w->tam[1], keys, "teep-ed25519.pem", true);
	public_load(&w->tam_enc, keys, "encryption-p256.pem", false);
	public_load(&w->tam_result, keys, "result-esp256.pem", false);
}

void
world_load_agent(struct world *w, const char *dir, const char *keys)
{
	char path[PATH_MAX];
	enum err e;

	memset(w, 0, sizeof(*w));
	w->crypto = crypto_or_die(PROG);
	w->dir = dir;
	pair_load(&w->tam[0], dir, "tam-esp256");
	pair_load(&w->tam[1], dir, "tam-ed25519");
	pair_load(&w->tam_enc, dir, "tam-encryption");
	e = load_agreer(
	    path_of(path, dir, "private/tam-encryption.pem"), &w->tam_agree);
	if (e != OK)
		bad(path, e);
	pair_load(&w->other_tam, dir, "other-tam");
	pair_load(&w->admin, dir, "admin");
	pair_load(&w->author, dir, "author");
	pair_load(&w->other_author, dir, "other-author");
	pair_load(&w->verifier, dir, "verifier");
	pair_new(&w->stranger, CRV_P256);
	pair_new(&w->bystander, CRV_ED25519);
	public_load(&w->agent_teep, keys, "teep.pub.pem", true);
	public_load(&w->agent_evidence, keys, "evidence.pub.pem", true);
	public_load(&w->agent_report, keys, "report.pub.pem", true);
}

void
world_free(struct world *w)
{
	struct pair *const all[] = {&w->maker, &w->author, &w->stranger,
	    &w->bystander, &w->tam[0], &w->tam[1], &w->tam_result, &w->tam_enc,
	    &w->other_tam, &w->admin, &w->other_author, &w->verifier};

	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		openssl_signer_free(&w->device[i].teep.s);
		openssl_signer_free(&w->device[i].evidence.s);
		openssl_signer_free(&w->device[i].report.s);
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		openssl_signer_free(&all[i]->s);
	openssl_agreer_free(&w->tam_agree);
	release_bytes(&w->app);
}
