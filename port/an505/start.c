/*
 * start: from reset to main, the vectors, and what the linker knows.
 */
#include "board_int.h"

#include <string.h>

/* The linker's; only their addresses mean something. */
extern uint8_t image_begin[], image_end[];
extern uint8_t data_begin[], data_end[], data_load[];
extern uint8_t bss_begin[], bss_end[];
extern uint8_t stack_begin[], stack_end[];
extern uint8_t provision_begin[], seed_begin[];
extern uint8_t flash_begin[], flash_end[];

/* What no program writes by chance. */
#define PAINT 0xa5

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const union {
	uint8_t *stack;
	vector handler;
} vectors[16] = {
    [0] = {.stack = stack_end},
    [1] = {.handler = reset_handler},
    [2 ... 14] = {.handler = fault_handler},
    [15] = {.handler = tick_handler},
};

/* Runs on the stack it paints: it stops well below where it stands. */
static void
paint(void)
{
	volatile uint8_t *p = stack_begin;
	uint8_t *here;

	__asm__ volatile("mov %0, sp" : "=r"(here));
	while (p < here - 64)
		*p++ = PAINT;
}

void
reset_handler(void)
{
	/* A stack that runs over faults instead of writing elsewhere. */
	__asm__ volatile("msr msplim, %0" : : "r"(stack_begin));
	paint();
	memcpy(data_begin, data_load, (size_t)(data_end - data_begin));
	memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
	board_init();
	(void)main();
	board_stop("main has ended");
}

/* The stack may be what failed: begin another. */
__attribute__((naked)) void
fault_handler(void)
{
	__asm__ volatile("ldr r0, =stack_end\n"
			 "mov sp, r0\n"
			 "b fault_stop\n");
}

void
fault_stop(void)
{
	board_stop("fault");
}

size_t
board_stack_size(void)
{
	return (size_t)(stack_end - stack_begin);
}

size_t
board_stack_used(void)
{
	const volatile uint8_t *p = stack_begin;

	while (p < stack_end && *p == PAINT)
		p++;
	return (size_t)(stack_end - p);
}

struct span
board_flash(void)
{
	return (struct span){flash_begin, (size_t)(flash_end - flash_begin)};
}

struct bytes
board_image(void)
{
	return (struct bytes){image_begin, (size_t)(image_end - image_begin)};
}

struct bytes
board_provision(void)
{
	const uint8_t *p = provision_begin;
	size_t n =
	    (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];

	if (n > BOARD_PROVISION_MAX)
		return BYTES_NONE;
	return (struct bytes){p + 4, n};
}

enum err
board_seed(uint8_t out[BOARD_SEED])
{
	static const uint8_t none[BOARD_SEED];

	memcpy(out, seed_begin, BOARD_SEED);
	wipe(seed_begin, BOARD_SEED);
	/* An emulation that was given none must not go on as if it had. */
	return bytes_same_ct((struct bytes){out, BOARD_SEED}, BYTES_OF(none))
		   ? ERR_RANDOM
		   : OK;
}
