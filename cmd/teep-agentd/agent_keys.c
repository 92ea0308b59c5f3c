/*
 * agent_keys: the agent's private keys, sealed in its directory.
 *
 * One file: IV, then AES-128-GCM over [1, [+ TEEP key], report key], each a
 * PKCS#8 PEM.  The sealing key comes from the launcher at every start, so the
 * file alone is worth nothing.
 */
#include "agentproc.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_KEYS  "keys"
#define FILE_NEW   "keys.new"
#define IV         12
#define TAG        16
#define PLAIN_MAX  ((CHANNEL_KEYS + 1) * (OPENSSL_PEM_MAX + 8))
#define SEALED_MAX (IV + PLAIN_MAX + TAG)
#define AAD        BYTES_LIT("tamarind agent keys 1")

/* Private keys as text: wiped by whoever placed it. */
struct pems {
	uint8_t room[CHANNEL_KEYS + 1][OPENSSL_PEM_MAX];
	struct bytes teep[CHANNEL_KEYS], report;
	size_t n_teep;
};

static enum err
load(const struct pems *p, struct keys *out)
{
	for (size_t i = 0; i < p->n_teep; i++) {
		TRY(openssl_signer_load(p->teep[i], &out->teep[i]));
		out->n_teep = i + 1;
		TRY(openssl_private_public(p->teep[i], &out->teep_key[i]));
	}
	TRY(openssl_signer_load(p->report, &out->report));
	return openssl_private_public(p->report, &out->report_key);
}

static enum err
encode(const struct pems *p, struct span room, struct bytes *out)
{
	struct cbor_out w = cbor_into(room);

	cbor_put_array(&w, 3);
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, p->n_teep);
	for (size_t i = 0; i < p->n_teep; i++)
		cbor_put_bstr(&w, p->teep[i]);
	cbor_put_bstr(&w, p->report);
	return cbor_done(&w, out);
}

/* Views in. */
static enum err
decode(struct bytes in, struct pems *p)
{
	struct cbor_in r = cbor_open(in);

	cbor_array(&r, 3);
	(void)cbor_uint(&r, 1, 1);
	p->n_teep = cbor_array_any(&r, 1, CHANNEL_KEYS);
	for (size_t i = 0; i < p->n_teep; i++)
		p->teep[i] = cbor_bstr(&r, 1, OPENSSL_PEM_MAX);
	p->report = cbor_bstr(&r, 1, OPENSSL_PEM_MAX);
	return cbor_close(&r);
}

/* New, or not at all: keys that exist are never replaced. */
static enum err
write_new(int dir, struct bytes b)
{
	enum err e = ERR_STORE;
	int fd;

	if (faccessat(dir, FILE_KEYS, F_OK, 0) == 0)
		return ERR_EXISTS;
	fd = openat(
	    dir, FILE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_STORE;
	if (write(fd, b.p, b.n) == (ssize_t)b.n && fsync(fd) == 0 &&
	    renameat(dir, FILE_NEW, dir, FILE_KEYS) == 0 && fsync(dir) == 0)
		e = OK;
	(void)close(fd);
	return e;
}

static enum err
read_whole(int dir, struct span room, struct bytes *out)
{
	int fd = openat(dir, FILE_KEYS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = 0;
	ssize_t got = 0;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE;
	while (n < room.n && (got = read(fd, room.p + n, room.n - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	if (got < 0)
		return ERR_STORE;
	*out = (struct bytes){room.p, n};
	return OK;
}

static enum err
seal_and_write(
    const struct crypto *c, int dir, const uint8_t seal[16], struct bytes plain)
{
	uint8_t box[SEALED_MAX];

	TRY(c->random((struct span){box, IV}));
	TRY(c->seal(ALG_A128GCM, (struct bytes){seal, 16},
	    (struct bytes){box, IV}, AAD, plain,
	    (struct span){box + IV, plain.n + TAG}));
	return write_new(dir, (struct bytes){box, IV + plain.n + TAG});
}

enum err
keys_make(const struct crypto *c, int dir, const uint8_t seal[16],
    struct list suites, struct keys *out)
{
	struct cbor_in items = cbor_items(suites);
	struct pems p = {.n_teep = suites.n};
	uint8_t room[PLAIN_MAX];
	struct bytes plain;
	enum err e = OK;

	*out = (struct keys){0};
	if (suites.n == 0 || suites.n > CHANNEL_KEYS)
		return ERR_RANGE;
	for (size_t i = 0; i < suites.n && e == OK; i++) {
		int32_t crv = (int32_t)cbor_uint(&items, 1, CRV_ED25519);

		e = openssl_key_generate(
		    crv, SPAN_OF(p.room[i]), &p.teep[i], NULL);
	}
	if (e == OK)
		e = openssl_key_generate(
		    CRV_P256, SPAN_OF(p.room[CHANNEL_KEYS]), &p.report, NULL);
	if (e == OK)
		e = encode(&p, SPAN_OF(room), &plain);
	if (e == OK)
		e = seal_and_write(c, dir, seal, plain);
	if (e == OK)
		e = load(&p, out);
	wipe(&p, sizeof(p));
	wipe(room, sizeof(room));
	if (e != OK)
		keys_free(out);
	return e;
}

enum err
keys_open(
    const struct crypto *c, int dir, const uint8_t seal[16], struct keys *out)
{
	uint8_t box[SEALED_MAX], room[PLAIN_MAX];
	struct pems p = {0};
	struct bytes sealed, plain;
	enum err e;

	*out = (struct keys){0};
	TRY(read_whole(dir, SPAN_OF(box), &sealed));
	if (sealed.n < IV + TAG || sealed.n - IV - TAG > PLAIN_MAX)
		return ERR_UNDECRYPTABLE;
	plain = (struct bytes){room, sealed.n - IV - TAG};
	e = c->open(ALG_A128GCM, (struct bytes){seal, 16},
	    (struct bytes){sealed.p, IV}, AAD,
	    (struct bytes){sealed.p + IV, sealed.n - IV},
	    (struct span){room, plain.n});
	if (e == OK)
		e = decode(plain, &p);
	if (e == OK)
		e = load(&p, out);
	wipe(room, sizeof(room));
	if (e != OK)
		keys_free(out);
	return e;
}

void
keys_free(struct keys *k)
{
	for (size_t i = 0; i < CHANNEL_KEYS; i++)
		openssl_signer_free(&k->teep[i]);
	openssl_signer_free(&k->report);
	wipe(k, sizeof(*k));
}
