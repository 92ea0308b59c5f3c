/*
 * survivors: after keys were used and put away, is anything of them left?
 *                                                           [security 22]
 *
 * Each case does what a program does with a secret, puts it away, and has all
 * of the process's memory searched for it.
 */
#include "scan.h"

#include <agent_int.h>
#include <agentproc.h>
#include <crypto_openssl.h>
#include <fcntl.h>
#include <keeper.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MUST(x)                                                               \
	do {                                                                  \
		if (!(x)) {                                                   \
			(void)fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
			exit(2);                                              \
		}                                                             \
	} while (0)

/* For a room that is compiled to forget; see CMakeLists.txt. */
void forget_to_wipe(void *p, size_t n);
void
forget_to_wipe(void *p, size_t n)
{
	(void)p;
	(void)n;
}

static unsigned survived;
/* Look while the message is still being opened: what led to the content key
 * is over by the time that this is used. */
static bool in_between;

/* ---- a port that remembers what it is given ------------------------------ */

static enum err
spy_random(struct span out)
{
	enum err e = crypto_openssl()->random(out);

	if (out.n >= 16)
		scan_for("random", out.p, out.n);
	return e;
}

static enum err
spy_hmac(struct bytes key, struct bytes msg, uint8_t out[32])
{
	enum err e = crypto_openssl()->hmac_sha256(key, msg, out);

	scan_for("MAC key", key.p, key.n);
	return e;
}

static enum err
spy_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out)
{
	enum err e = crypto_openssl()->hkdf(salt, ikm, info, out);

	scan_for("shared secret", ikm.p, ikm.n);
	scan_for("key encryption key", out.p, out.n);
	return e;
}

static enum err
spy_wrap(struct bytes kek, struct bytes in, struct span out)
{
	scan_for("content key", in.p, in.n);
	return crypto_openssl()->kw_wrap(kek, in, out);
}

static enum err
spy_unwrap(struct bytes kek, struct bytes in, struct span out)
{
	enum err e = crypto_openssl()->kw_unwrap(kek, in, out);

	if (e == OK)
		scan_for("content key", out.p, out.n);
	return e;
}

/* The content of the agent's key file begins with PEM of a key: what stands
 * in the middle of the text is secret. */
static void
pem_for(struct bytes plain)
{
	if (plain.n > 200)
		scan_for("private key in PEM", plain.p + 100, 32);
}

static enum err
spy_seal(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	pem_for(in);
	scan_for("sealing key", key.p, key.n);
	return crypto_openssl()->seal(alg, key, iv, aad, in, out);
}

static enum err
spy_open(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	enum err e;

	if (in_between) {
		survived += scan_memory("decrypt", "shared secret");
		survived += scan_memory("decrypt", "key encryption key");
	}
	e = crypto_openssl()->open(alg, key, iv, aad, in, out);
	pem_for((struct bytes){out.p, e == OK ? out.n : 0});
	scan_for("sealing key", key.p, key.n);
	return e;
}

static bool opening;

/* A running cipher keeps its key schedule, which is not searched for. */
static enum err
spy_begin(struct cipher *s, bool sealing, int32_t alg, struct bytes key,
    struct bytes iv, struct bytes aad)
{
	opening = !sealing;
	scan_for("content key", key.p, key.n);
	return crypto_openssl()->cipher_begin(s, sealing, alg, key, iv, aad);
}

/* What of a payload came out before its tag was there. */
static enum err
spy_more(struct cipher *s, struct bytes in, struct span out)
{
	enum err e = crypto_openssl()->cipher_more(s, in, out);

	if (opening && out.n >= 16)
		scan_for("plaintext", out.p, out.n);
	return e;
}

static struct crypto spy;

/* ---- a key of one's own -------------------------------------------------- */

/* Read-only memory: not searched. */
static const uint8_t scalar[2][32] = {
    {0x3b, 0x9f, 0x12, 0xc4, 0x6e, 0x50, 0xd8, 0xa7, 0x01, 0x77, 0xfe, 0x2a,
	0x93, 0xbc, 0x45, 0x68, 0xe1, 0x0c, 0x5d, 0xb6, 0x29, 0xf0, 0x84, 0x3e,
	0x97, 0x61, 0xca, 0x1d, 0x58, 0xa3, 0x72, 0x0f},
    {0xd1, 0x4a, 0x86, 0x3f, 0xe9, 0x20, 0x7c, 0xb5, 0x58, 0x0e, 0x93, 0xc7,
	0x6a, 0xf2, 0x1b, 0xa4, 0x37, 0xdd, 0x80, 0x65, 0x4e, 0x19, 0xfb, 0xc2,
	0x70, 0xa8, 0x33, 0x9d, 0x06, 0xe4, 0x5b, 0x8f}};
static const char *const pem[2] = {
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgO58SxG5Q2KcBd/4q\n"
    "k7xFaOEMXbYp8IQ+l2HKHVijcg+hRANCAATCgoZPECs5DOry27ZmGvfBqIec2oV0\n"
    "Iwy60NVd3OFNW6GNhSV9OcXkCEqA6Ay6XxNTqTgK5WMJxR8WDxTGyKeT\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINFKhj/pIHy1WA6Tx2ryG6Q33YBlThn7wnCoM50G5FuP\n"
    "-----END PRIVATE KEY-----\n"};

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void
signing(int which)
{
	const struct bytes part = BYTES_LIT("to be signed");
	uint8_t sig[SIG_LEN];
	struct cose_key pub;
	struct signer s;

	scan_for("private key", scalar[which], 32);
	scan_for("private key in PEM", text(pem[which]).p + 70, 32);
	MUST(openssl_signer_load(text(pem[which]), &s) == OK);
	for (int i = 0; i < 3; i++)
		MUST(s.sign(s.ctx, &part, 1, sig) == OK);
	MUST(openssl_private_public(text(pem[which]), &pub) == OK);
	openssl_signer_free(&s);
}

static void
sign_esp256(void)
{
	signing(0);
}

static void
sign_ed25519(void)
{
	signing(1);
}

/* A PEM whose halves do not belong together, and one that is cut. */
static void
refused_key(void)
{
	char bad[512];
	struct signer s;

	scan_for("private key", scalar[0], 32);
	MUST(strlen(pem[0]) < sizeof(bad));
	memcpy(bad, pem[0], strlen(pem[0]) + 1);
	bad[150] = bad[150] == 'A' ? 'B' : 'A';
	MUST(openssl_signer_load(text(bad), &s) != OK);
	MUST(
	    openssl_signer_load((struct bytes){(uint8_t *)bad, 120}, &s) != OK);
	wipe(bad, sizeof(bad));
}

static void
generate(void)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes out;
	struct signer s;

	MUST(openssl_key_generate(CRV_P256, SPAN_OF(room), &out, NULL) == OK);
	pem_for(out);
	MUST(openssl_signer_load(out, &s) == OK);
	openssl_signer_free(&s);
	wipe(room, sizeof(room));
}

/* ---- messages ------------------------------------------------------------ */

static uint8_t box[512];

static struct bytes
encrypted(int32_t alg, struct agreer *a)
{
	struct cbor_out w = cbor_into(SPAN_OF(box));
	struct cose_key pub;
	struct bytes out;

	MUST(openssl_agreer_load(text(pem[0]), a) == OK);
	MUST(openssl_private_public(text(pem[0]), &pub) == OK);
	MUST(cose_encrypt_write(&w, &spy, alg, &pub, a->kid, COSE_CTX_PAYLOAD,
		 BYTES_LIT("plain")) == OK);
	MUST(cbor_done(&w, &out) == OK);
	return out;
}

static void
encrypt(void)
{
	struct agreer a;

	(void)encrypted(ALG_CHACHA20_POLY1305, &a);
	openssl_agreer_free(&a);
}

static __attribute__((noinline)) enum err
decrypt_here(const struct agreer *a, struct bytes in)
{
	uint8_t room[512];
	struct bytes out;
	struct why why;

	return cose_decrypt(
	    &spy, a, COSE_CTX_PAYLOAD, in, SPAN_OF(room), &out, &why);
}

/* So far down that the search does not write over what it is to find. */
static __attribute__((noinline)) enum err
decrypt_deep(const struct agreer *a, struct bytes in)
{
	volatile uint8_t between[8192];
	enum err e;

	between[0] = 0;
	e = decrypt_here(a, in);
	return between[0] == 0 ? e : ERR_BUG;
}

static void
decrypt(void)
{
	struct agreer a;
	struct bytes in = encrypted(ALG_A128GCM, &a);

	scan_begin(); /* the other end's are not looked for */
	scan_for("private key", scalar[0], 32);
	in_between = true;
	MUST(decrypt_deep(&a, in) == OK);
	in_between = false;
	survived += scan_memory("decrypt", "content key");
	box[in.n - 1] ^= 1; /* the wrapped key's last octet */
	MUST(decrypt_deep(&a, in) != OK);
	openssl_agreer_free(&a);
}

/* In pieces: to the end, given up, and with a tag that is wrong. */
static void
decrypt_pieces(void)
{
	uint8_t info_room[512], work[64], ct[128 + CIPHER_TAG];
	struct cose_recipient to = {.alg = ALG_ECDH_ES_A256KW};
	struct cbor_out w = cbor_into(SPAN_OF(info_room));
	struct bytes info, tag, out, in;
	struct cose_sealing s;
	struct cose_opening o;
	struct cose_opener key = {.kid = BYTES_NONE};
	struct agreer a;

	MUST(openssl_agreer_load(text(pem[0]), &a) == OK);
	MUST(openssl_private_public(text(pem[0]), &to.key) == OK);
	key.agree = &a;
	memset(ct, 0x42, sizeof(ct));
	MUST(cose_seal_begin(&s, &spy, ALG_A256GCM) == OK);
	MUST(cose_seal_info(&s, &to, 1, COSE_CTX_PAYLOAD, &w) == OK);
	MUST(cbor_done(&w, &info) == OK);
	for (size_t at = 0; at < 128; at += 32) {
		uint8_t part[32];

		MUST(crypto_openssl()->random(SPAN_OF(part)) == OK);
		scan_for("plaintext", part, sizeof(part));
		MUST(cose_seal_more(
			 &s, BYTES_OF(part), (struct span){ct + at, 32}) == OK);
		wipe(part, sizeof(part));
	}
	MUST(cose_seal_end(&s, ct + 128, &tag) == OK && tag.n == CIPHER_TAG);
	cose_seal_wipe(&s);
	for (int round = 0; round < 3; round++) {
		enum err e;

		in = (struct bytes){ct, sizeof(ct)};
		MUST(cose_open_begin(
			 &o, &spy, &key, COSE_CTX_PAYLOAD, info, NULL) == OK);
		while (in.n > 0)
			MUST(
			    cose_open_more(&o, &in, SPAN_OF(work), &out) == OK);
		o.held[o.n_held - 1] ^= round == 1;
		e = round == 2 ? OK : cose_open_end(&o, SPAN_OF(work), &out);
		MUST((e == OK) == (round != 1));
		cose_open_drop(&o);
		wipe(work, sizeof(work)); /* the caller's to do */
	}
	openssl_agreer_free(&a);
}

/* ---- challenges, records, sealed keys, the keeper ------------------------ */

static enum err
mac_key(void *ctx, size_t nth, uint8_t key[32])
{
	(void)ctx;
	if (nth > 0)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < 32; i++)
		key[i] = (uint8_t)(scalar[0][i] ^ scalar[1][31 - i]);
	return OK;
}

static void
challenge(void)
{
	const struct tam_view view = {.mac_key = mac_key};
	const struct tam_config config = {.challenge_life = 60};
	uint8_t key[32], made[TAM_CHALLENGE_LEN];
	uint64_t issued;

	MUST(mac_key(NULL, 0, key) == OK);
	MUST(tam_challenge_make(crypto_openssl(), key, 1000, made) == OK);
	wipe(key, sizeof(key));
	MUST(tam_challenge_check(
		 &spy, &view, &config, 1000, BYTES_OF(made), &issued) == OK);
	made[31] ^= 1;
	MUST(tam_challenge_check(&spy, &view, &config, 1000, BYTES_OF(made),
		 &issued) == ERR_CHALLENGE);
}

static char dir_name[] = "/tmp/survivors-XXXXXX";
static int dir = -1;

static void
clean_up(void)
{
	static const char *const name[] = {"keys", "state", "blobs"};

	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		(void)unlinkat(dir, name[i], i == 2 ? AT_REMOVEDIR : 0);
	(void)rmdir(dir_name);
}

static void
record(void)
{
	static struct file_store s;
	static uint8_t room[AGENT_STATE_MAX];
	struct agent_store store;
	uint8_t key[FILE_STORE_KEY];
	struct bytes out;

	MUST(mkdirat(dir, "blobs", 0700) == 0);
	MUST(crypto_openssl()->random(SPAN_OF(key)) == OK);
	MUST(file_store_open(&s, &spy, &file_ops_posix, dir, key) == OK);
	wipe(key, sizeof(key));
	file_store_port(&s, &store);
	MUST(store.load(store.ctx, SPAN_OF(room), &out) == ERR_NOT_FOUND);
	MUST(store.commit(store.ctx, BYTES_LIT("record")) == OK);
	MUST(store.load(store.ctx, SPAN_OF(room), &out) == OK);
	file_store_close(&s);
}

static void
sealed_keys(void)
{
	/* [1, 6] */
	const struct list suites = {BYTES_LIT("\x01\x06"), 2};
	const struct bytes part = BYTES_LIT("to be signed");
	uint8_t seal[16], sig[SIG_LEN];
	struct keys k;

	MUST(crypto_openssl()->random(SPAN_OF(seal)) == OK);
	MUST(keys_make(&spy, dir, seal, suites, &k) == OK);
	keys_free(&k);
	MUST(keys_open(&spy, dir, seal, &k) == OK && k.n_teep == 2);
	for (size_t i = 0; i < 2; i++)
		MUST(k.teep[i].sign(k.teep[i].ctx, &part, 1, sig) == OK);
	keys_free(&k);
	seal[0] ^= 1;
	MUST(keys_open(&spy, dir, seal, &k) == ERR_UNDECRYPTABLE);
	wipe(seal, sizeof(seal));
}

/* A pair that is gone at once: what is left after it is not its own. */
static enum err
pair_gone(const uint8_t d[32], struct agreer *out, struct cose_key *pub)
{
	enum err e = openssl_agreer_from(d, out, pub);

	openssl_agreer_free(out);
	return e;
}

static void
drop_nothing(struct agreer *a)
{
	(void)a;
}

/* So far down that the search does not write over what it is to find. */
static __attribute__((noinline)) enum err
opener_deep(struct agent *a, struct cose_opener *key)
{
	volatile uint8_t between[8192];
	enum err e;

	between[0] = 0;
	e = a->ports->payloads->opener(a, &a->job.m, 0, key);
	return between[0] == 0 ? e : ERR_BUG;
}

/* The pair of an authority: made, used and dropped for each agreement.  The
 * port that remembers sees the device's secret and the scalar. */
static void
payload_key(void)
{
	static struct agent a;
	static struct agent_ports ports;
	static struct policy_signer signer = {
	    .name = BYTES_LIT("author"), .payload_key = 1};
	uint8_t secret[32], z[32], room[64], work[512];
	struct agent_payloads p = {.secret = BYTES_OF(secret),
	    .pair = openssl_agreer_from,
	    .drop = openssl_agreer_free,
	    .room = SPAN_OF(room)};
	struct cose_opener key;
	struct cose_key peer;
	struct list public;

	MUST(openssl_private_public(text(pem[0]), &peer) == OK);
	MUST(crypto_openssl()->random(SPAN_OF(secret)) == OK);
	agent_payloads_init(&p);
	ports.crypto = &spy;
	ports.payloads = &p;
	a.ports = &ports;
	a.pool = (struct pool){work, sizeof(work), 0};
	a.policy[0].signer[0] = signer;
	a.policy[0].n_signers = 1;
	a.job.signer = &signer;
	MUST(p.keys(&a, &public) == OK && public.n == 1);
	MUST(p.opener(&a, &a.job.m, 0, &key) == OK);
	MUST(key.agree->agree(key.agree->ctx, &peer, z) == OK);
	scan_for("shared secret", z, sizeof(z));
	peer.y[0] ^= 1;
	MUST(key.agree->agree(key.agree->ctx, &peer, z) == ERR_COSE_KEY);
	p.pair = pair_gone;
	p.drop = drop_nothing;
	MUST(opener_deep(&a, &key) == OK);
	survived += scan_memory("payload key", "key encryption key");
	wipe(z, sizeof(z)); /* as cose does, and the process its secret */
	wipe(secret, sizeof(secret));
}

static struct agreer kept;

static enum err
spy_agree(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	enum err e = kept.agree(kept.ctx, peer, z);

	(void)ctx;
	scan_for("shared secret", z, 32);
	return e;
}

static void
keeper(void)
{
	static struct keeper k;
	uint8_t question[128], key_room[96], answer[KEEPER_ANSWER_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(key_room));
	struct cose_key peer;
	struct bytes key, asked, out;

	MUST(openssl_private_public(text(pem[0]), &peer) == OK);
	MUST(openssl_agreer_load(text(pem[0]), &kept) == OK);
	k.agree.agree = spy_agree;
	k.rate = 1000;
	lines_init(&k.lines, 1);
	cose_key_write(&w, &peer);
	MUST(cbor_done(&w, &key) == OK);
	w = cbor_into(SPAN_OF(question));
	cbor_put_array(&w, 3);
	cbor_put_uint(&w, KEEPER_AGREE);
	cbor_put_uint(&w, 0);
	cbor_put_bstr(&w, key);
	MUST(cbor_done(&w, &asked) == OK);
	out = keeper_answer(&k, asked, 1000, answer);
	MUST(out.n > 32);
	wipe(answer, sizeof(answer)); /* as the process does when it is sent */
	openssl_agreer_free(&kept);
}

/* ---- all of them --------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {{"sign with ESP256", sign_esp256},
    {"sign with Ed25519", sign_ed25519}, {"refuse a key", refused_key},
    {"generate", generate}, {"encrypt", encrypt}, {"decrypt", decrypt},
    {"decrypt in pieces", decrypt_pieces}, {"challenge", challenge},
    {"record", record}, {"sealed keys", sealed_keys},
    {"payload key", payload_key}, {"keeper", keeper}};

int
main(void)
{
	unsigned looked = 0;

	MUST(crypto_openssl() != NULL);
	MUST(mkdtemp(dir_name) != NULL && atexit(clean_up) == 0);
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(dir >= 0);
	spy = *crypto_openssl();
	spy.random = spy_random;
	spy.hmac_sha256 = spy_hmac;
	spy.hkdf = spy_hkdf;
	spy.kw_wrap = spy_wrap;
	spy.kw_unwrap = spy_unwrap;
	spy.seal = spy_seal;
	spy.open = spy_open;
	spy.cipher_begin = spy_begin;
	spy.cipher_more = spy_more;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scan_begin();
		cases[i].run();
		survived += scan_memory(cases[i].name, NULL);
		MUST(scan_count() > 0);
		looked += scan_count();
	}
	(void)printf("%zu cases, %u secrets, %u survived\n", ARRAY_LEN(cases),
	    looked, survived);
	return survived == 0 ? 0 : 1;
}
