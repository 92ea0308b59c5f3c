/*
 * entropy: what the crypto library seeds its generator with, and its memory.
 */
#include "device.h"

#include <mbedtls/entropy.h>
#include <mbedtls/entropy_poll.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/sha256.h>
#include <string.h>

/* Keys in slots, and the numbers of one operation: what it takes is told by
 * crypto_memory_used. */
#define ARENA 16384
#define PAINT 0xa5 /* what nobody has been given yet */

static _Alignas(max_align_t) uint8_t arena[ARENA];
static uint8_t seed[BOARD_SEED];
static bool seeded;

/* The seed, and what follows from it: SHA-256 of it and a counter.  The board
 * gives 256 bits once a run and none later. */
int
mbedtls_hardware_poll(void *data, unsigned char *out, size_t n, size_t *got)
{
	static uint8_t counter;
	uint8_t in[BOARD_SEED + 1], block[32];

	(void)data;
	*got = 0;
	if (!seeded)
		return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
	/* One octet of counter, and no block twice. */
	if (counter == UINT8_MAX)
		return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
	memcpy(in, seed, sizeof(seed));
	in[BOARD_SEED] = counter++;
	if (mbedtls_sha256_ret(in, sizeof(in), block, 0) != 0)
		return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
	*got = n < sizeof(block) ? n : sizeof(block);
	memcpy(out, block, *got);
	wipe(in, sizeof(in));
	wipe(block, sizeof(block));
	return 0;
}

enum err
crypto_begin(void)
{
	mbedtls_memory_buffer_alloc_init(arena, sizeof(arena));
	/* Beyond the allocator's own first words. */
	memset(arena + 64, PAINT, sizeof(arena) - 64);
	TRY(board_seed(seed));
	seeded = true;
	return crypto_mbedtls() != NULL ? OK : ERR_RANDOM;
}

size_t
crypto_memory_used(void)
{
	size_t n = sizeof(arena);

	/* Whatever is given out is zeroed first. */
	while (n > 0 && arena[n - 1] == PAINT)
		n--;
	return n;
}
