/*
 * crypto_openssl: the table of the port, its start and its counters.
 */
#include "openssl_int.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <pthread.h>

struct lib lib;

static _Atomic uint64_t counts[N_COUNTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;

_Static_assert(sizeof(struct crypto_counts) == N_COUNTS * sizeof(uint64_t),
    "one counter for each member");

static const struct crypto table = {
    .can = CAN_ESP256 | CAN_ED25519 | CAN_P256_ECDH | CAN_A128GCM | CAN_CHACHA |
	   CAN_A128CTR | CAN_AES_LONG | CAN_X25519,
    .random = port_random,
    .sha256 = port_sha256,
    .hash_begin = port_hash_begin,
    .hash_more = port_hash_more,
    .hash_end = port_hash_end,
    .hmac_sha256 = port_hmac,
    .hkdf = port_hkdf,
    .key_check = port_key_check,
    .verify = port_verify,
    .ecdh_ephemeral = port_ephemeral,
    .kw_wrap = port_kw_wrap,
    .kw_unwrap = port_kw_unwrap,
    .seal = port_seal,
    .open = port_open,
    .cipher_begin = port_cipher_begin,
    .cipher_more = port_cipher_more,
    .cipher_end = port_cipher_end,
};

void
begin(void)
{
	errno = 0;
}

/* The queue would not tell: it needs memory itself. */
enum err
fail(enum err e)
{
	ERR_clear_error();
	return errno == ENOMEM ? ERR_MEMORY : e;
}

void
count(enum count which, size_t n)
{
	atomic_fetch_add_explicit(&counts[which], n, memory_order_relaxed);
}

void
crypto_openssl_counts(struct crypto_counts *out)
{
	uint64_t v[N_COUNTS];

	for (size_t i = 0; i < N_COUNTS; i++)
		v[i] = atomic_load_explicit(&counts[i], memory_order_relaxed);
	*out = (struct crypto_counts){
	    v[N_SIGN_ESP256],
	    v[N_SIGN_ED25519],
	    v[N_SIGN_OCTETS],
	    v[N_VERIFY_ESP256],
	    v[N_VERIFY_ED25519],
	    v[N_VERIFY_OCTETS],
	    v[N_KEY_CHECK],
	    v[N_AGREE],
	    v[N_EPHEMERAL],
	    v[N_HKDF],
	    v[N_KW],
	    v[N_SEAL],
	    v[N_SEAL_OCTETS],
	    v[N_OPEN],
	    v[N_OPEN_OCTETS],
	    v[N_SHA256],
	    v[N_SHA256_OCTETS],
	    v[N_HMAC],
	    v[N_HMAC_OCTETS],
	    v[N_RANDOM],
	    v[N_RANDOM_OCTETS],
	};
}

/* A key object that knows its curve and nothing else. */
static EVP_PKEY *
p256_template(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || EVP_PKEY_paramgen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_group_name(ctx, "P-256") != 1 ||
	    EVP_PKEY_paramgen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/*
 * What OpenSSL fetches by itself when it is first wanted.  It notes that it
 * has looked at all algorithms of a kind even when memory for some ran out,
 * and never finds those again: fetched and held here, they are there.
 */
static bool
fetch_others(void)
{
	static void *held[11]; /* as long as the process lives */
	bool all = true;

	held[0] = EVP_MD_fetch(NULL, "SHA2-512", NULL);
	held[1] = EVP_RAND_fetch(NULL, "CTR-DRBG", NULL);
	held[2] = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
	held[3] = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	held[4] = EVP_KEYMGMT_fetch(NULL, "EC", NULL);
	held[5] = EVP_KEYMGMT_fetch(NULL, "ED25519", NULL);
	held[6] = EVP_KEYEXCH_fetch(NULL, "ECDH", NULL);
	held[7] = EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL);
	held[8] = EVP_SIGNATURE_fetch(NULL, "ED25519", NULL);
	held[9] = EVP_KEYMGMT_fetch(NULL, "X25519", NULL);
	held[10] = EVP_KEYEXCH_fetch(NULL, "X25519", NULL);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		all = all && held[i] != NULL;
	return all;
}

static bool
fetch_ciphers(void)
{
	static const char *const wrap[] = {
	    "id-aes128-wrap", "id-aes192-wrap", "id-aes256-wrap"};
	static const char *const gcm[] = {
	    "AES-128-GCM", "AES-192-GCM", "AES-256-GCM"};
	static const char *const ctr[] = {
	    "AES-128-CTR", "AES-192-CTR", "AES-256-CTR"};
	bool all = true;

	for (size_t i = 0; i < 3; i++) {
		lib.wrap[i] = EVP_CIPHER_fetch(NULL, wrap[i], NULL);
		lib.gcm[i] = EVP_CIPHER_fetch(NULL, gcm[i], NULL);
		lib.ctr[i] = EVP_CIPHER_fetch(NULL, ctr[i], NULL);
		all = all && lib.wrap[i] != NULL && lib.gcm[i] != NULL &&
		      lib.ctr[i] != NULL;
	}
	lib.chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	return all && lib.chacha != NULL;
}

static void
start(void)
{
	memory_wiped();
	begin();
	/* It would look for algorithms in a context that is not there. */
	if (OPENSSL_init_crypto(0, NULL) != 1 ||
	    OSSL_LIB_CTX_get0_global_default() == NULL)
		return;
	/* What is fetched here lives as long as the process. */
	lib.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	lib.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	lib.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	lib.p256 = p256_template();
	ready = lib.sha256 != NULL && lib.hmac != NULL && lib.hkdf != NULL &&
		fetch_ciphers() && lib.p256 != NULL && fetch_others() &&
		errno != ENOMEM; /* something may be missing for good */
	ERR_clear_error();
}

bool
lib_ready(void)
{
	return pthread_once(&once, start) == 0 && ready;
}

const struct crypto *
crypto_openssl(void)
{
	/* Without a seeded generator nothing here is worth starting. */
	if (!lib_ready() || RAND_status() != 1)
		return NULL;
	return &table;
}

/*
 * From the public generator: most of it goes on the wire as nonces and
 * tokens, and OpenSSL keeps its private one for keys and signature nonces.
 */
enum err
port_random(struct span out)
{
	count(N_RANDOM, 1);
	count(N_RANDOM_OCTETS, out.n);
	if (out.n == 0)
		return OK;
	if (RAND_status() != 1 || RAND_bytes_ex(NULL, out.p, out.n, 0) != 1) {
		wipe(out.p, out.n);
		return fail(ERR_RANDOM);
	}
	return OK;
}
