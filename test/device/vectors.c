/*
 * vectors: an image that reads what it is sent over the serial line by the
 * readers of the rooms, and answers what they say.
 *
 * To it:   u32 length, then [room, octets].  From it: u32 length, then
 * [enum err, offset of the fault].  Room "key" takes a COSE_Key that
 * envelopes may be signed with.
 */
#include <board.h>

#include <crypto_mbedtls.h>
#include <mbedtls/entropy_poll.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <stddef.h>
#include <string.h>
#include <tamarind/eat.h>
#include <tamarind/link.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

static _Alignas(max_align_t) uint8_t arena[16384];
static uint8_t frame[32768], answer[64];
static struct cose_key keys[4];
static uint8_t kids[4][KID_LEN];
static size_t n_keys;

/* Only readers run here: no secret is made of this. */
int
mbedtls_hardware_poll(void *data, unsigned char *out, size_t n, size_t *got)
{
	(void)data;
	memset(out, 0x5a, n);
	*got = n;
	return 0;
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	for (size_t i = 0; i < n_keys; i++) {
		if (kid.n > 0 ? !bytes_same(kid, BYTES_OF(kids[i]))
			      : cose_key_alg(&keys[i]) != alg)
			continue;
		if (nth-- == 0) {
			*out = keys[i];
			return OK;
		}
	}
	return ERR_UNKNOWN_KEY;
}

static enum err
add_key(struct bytes in)
{
	if (n_keys == ARRAY_LEN(keys))
		return ERR_ROOM;
	TRY(cose_key_read(in, &keys[n_keys]));
	TRY(cose_key_thumbprint(crypto_mbedtls(), &keys[n_keys], kids[n_keys]));
	n_keys++;
	return OK;
}

static enum err
judge(struct bytes room, struct bytes in, size_t *at)
{
	static struct suit_manifest manifest;
	const struct keyring ring = {.find = find};
	struct eat_claims claims;
	struct teep_message m;
	struct why why = {0};
	enum err e = ERR_TYPE;

	if (bytes_same(room, BYTES_LIT("cbor")))
		return cbor_check(in, at);
	if (bytes_same(room, BYTES_LIT("key")))
		return add_key(in);
	if (bytes_same(room, BYTES_LIT("teep")))
		e = teep_parse(in, NULL, &m, &why);
	else if (bytes_same(room, BYTES_LIT("eat")))
		e = eat_parse(in, &claims, &why);
	else if (bytes_same(room, BYTES_LIT("suit")))
		e = suit_open(crypto_mbedtls(), &ring, in, &manifest, &why);
	*at = why.at;
	return e;
}

static uint8_t
octet(void)
{
	uint8_t b;

	while (!uart_get(UART_LINK, &b))
		continue;
	return b;
}

static void
send(enum err e, size_t at)
{
	uint8_t head[LINK_HEAD];
	struct cbor_out w = cbor_into(SPAN_OF(answer));
	struct bytes out;

	cbor_put_array(&w, 2);
	cbor_put_uint(&w, (uint64_t)e);
	cbor_put_uint(&w, at);
	if (cbor_done(&w, &out) != OK)
		board_stop("answer");
	link_put_head(head, (uint32_t)out.n);
	for (size_t i = 0; i < sizeof(head); i++)
		uart_put(UART_LINK, head[i]);
	for (size_t i = 0; i < out.n; i++)
		uart_put(UART_LINK, out.p[i]);
}

int
main(void)
{
	mbedtls_memory_buffer_alloc_init(arena, sizeof(arena));
	if (crypto_mbedtls() == NULL)
		board_stop("generator");
	uart_text(UART_LOG, "\nstarted\n");
	for (;;) {
		uint8_t head[LINK_HEAD];
		struct bytes room, in;
		struct cbor_in r;
		size_t n, at = 0;
		enum err e;

		for (size_t i = 0; i < sizeof(head); i++)
			head[i] = octet();
		if (link_head(head, sizeof(frame), &n) != OK)
			board_stop("frame");
		for (size_t i = 0; i < n; i++)
			frame[i] = octet();
		r = cbor_open((struct bytes){frame, n});
		cbor_array(&r, 2);
		room = cbor_tstr(&r, 1, 8);
		in = cbor_bstr(&r, 0, sizeof(frame));
		if (cbor_close(&r) != OK)
			board_stop("frame");
		e = judge(room, in, &at);
		send(e, at);
	}
}
