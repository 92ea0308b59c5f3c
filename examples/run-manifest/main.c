/*
 * run-manifest: install what a signed manifest says on a device that is one
 * array in memory.
 *
 *	cc main.c $(pkg-config --cflags --libs tamarind-openssl)
 *	./a.out author.pub.pem app.suit [PAYLOAD]
 *
 * PAYLOAD is what a fetch by URI is answered with.  The device says yes to
 * every vendor, class and component: a real one has a policy there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/crypto_openssl.h>
#include <tamarind/suit.h>

/* ---- the device: staged octets, visible only when all went well ---------- */

static uint8_t staged[1 << 20];
static size_t n_staged;

static bool
is(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx, (void)id, (void)value;
	return true;
}

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	char text[SUIT_ID_TEXT];

	(void)ctx;
	(void)m;
	if (suit_id_text(id, text) == OK && cmd != SUIT_CMD_SET_INDEX)
		(void)printf("%-12s %s\n", suit_command_name(cmd), text);
	return OK;
}

static enum err
may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	(void)ctx;
	(void)m;
	(void)printf("%-12s %.*s\n", "from", (int)uri.n, (const char *)uri.p);
	return OK;
}

static enum err
begin(void *ctx, struct bytes id, uint64_t size)
{
	(void)ctx, (void)id;
	n_staged = 0;
	return size == UINT64_MAX || size <= sizeof(staged) ? OK : ERR_ROOM;
}

static enum err
more(void *ctx, struct bytes piece)
{
	(void)ctx;
	if (piece.n > sizeof(staged) - n_staged)
		return ERR_ROOM;
	memcpy(staged + n_staged, piece.p, piece.n);
	n_staged += piece.n;
	return OK;
}

static enum err
end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	(void)ctx, (void)sha256;
	return size == n_staged ? OK : ERR_STORE;
}

static void
drop(void *ctx)
{
	(void)ctx;
	n_staged = 0;
}

static enum err
digest(void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct bytes part = {staged, n_staged};

	(void)ctx, (void)id;
	if (n_staged == 0)
		return ERR_NOT_INSTALLED;
	*size = n_staged;
	return crypto_openssl()->sha256(&part, 1, sha256);
}

static enum err
gone(void *ctx, struct bytes id)
{
	(void)id;
	drop(ctx);
	return OK;
}

static enum err
start(void *ctx, struct bytes id, struct bytes args)
{
	(void)ctx, (void)id, (void)args;
	return ERR_INVOKE; /* nothing runs here */
}

/* ---- the author's key ------------------------------------------------- */

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct cose_key *key = ctx;
	uint8_t own[KID_LEN];

	TRY(cose_key_thumbprint(crypto_openssl(), key, own));
	if (nth > 0 || cose_key_alg(key) != alg ||
	    (kid.n > 0 && !bytes_same(kid, BYTES_OF(own))))
		return ERR_UNKNOWN_KEY;
	*out = *key;
	return OK;
}

static struct bytes
file(const char *path, uint8_t *room, size_t n)
{
	FILE *f = fopen(path, "rb");
	struct bytes b = {room, 0};

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	b.n = fread(room, 1, n, f);
	(void)fclose(f);
	return b;
}

int
main(int argc, char **argv)
{
	static uint8_t pem[2048], envelope[1 << 20], payload[1 << 20];
	const struct suit_host host = {
	    .vendor_is = is,
	    .class_is = is,
	    .may = may,
	    .may_fetch = may_fetch,
	    .write_begin = begin,
	    .write_more = more,
	    .write_end = end,
	    .write_drop = drop,
	    .digest = digest,
	    .unlink = gone,
	    .invoke = start,
	};
	static struct suit_run run;
	struct cose_key author;
	struct keyring ring = {&author, find};
	struct suit_manifest m;
	struct suit_ask ask;
	struct why why = {.err = OK};
	enum suit_state s;
	enum err e;

	if (argc < 3 || argc > 4 || crypto_openssl() == NULL) {
		(void)fprintf(
		    stderr, "usage: run-manifest PUB.pem ENVELOPE [PAYLOAD]\n");
		return 2;
	}
	e = openssl_public_read(file(argv[1], pem, sizeof(pem)), &author);
	if (e == OK)
		e = suit_open(crypto_openssl(), &ring,
		    file(argv[2], envelope, sizeof(envelope)), &m, &why);
	if (e == OK)
		e = suit_start(
		    &run, crypto_openssl(), &host, &m, SUIT_DO_UPDATE);
	if (e != OK) {
		(void)fprintf(
		    stderr, "refused: %s (%s)\n", err_name(e), err_text(e));
		return 1;
	}
	while ((s = suit_next(&run, &ask)) == SUIT_WANT_FETCH) {
		if (argc == 4)
			suit_give(&run, file(argv[3], payload, sizeof(payload)),
			    true);
		else
			suit_fail(&run, ERR_FETCH);
	}
	if (s != SUIT_DONE) {
		(void)fprintf(stderr, "failed: %s (%s)\n",
		    err_name(run.why.err), err_text(run.why.err));
		return 1;
	}
	(void)printf("installed %zu octets, sequence number %llu\n", n_staged,
	    (unsigned long long)m.sequence);
	return 0;
}
