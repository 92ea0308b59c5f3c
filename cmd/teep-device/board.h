/*
 * board: what this program asks of a board.  port/an505 answers for Arm's
 * MPS2 board with an SSE-200 subsystem; docs/porting.md says what another one
 * owes.
 */
#ifndef TEEP_DEVICE_BOARD_H
#define TEEP_DEVICE_BOARD_H

#include <tamarind/base.h>

/* Before anything else: UARTs and clock. */
void board_init(void);
/* Say why on the log, and stop for good. */
_Noreturn void board_stop(const char *why);

/* ---- UARTs ----------------------------------------------------------- */

enum uart { UART_LINK = 0, UART_LOG = 1 };

/* The next octet, if one is there. */
bool uart_get(enum uart u, uint8_t *out);
/* Waits until there is room. */
void uart_put(enum uart u, uint8_t c);
void uart_text(enum uart u, const char *s);
void uart_uint(enum uart u, uint32_t n);
void uart_hex(enum uart u, struct bytes b);

/* ---- clock ----------------------------------------------------------- */

/* Milliseconds since board_init; wraps after 49 days. */
uint32_t clock_ms(void);

/* ---- memory ----------------------------------------------------------- */

/* What stands for flash. */
struct span board_flash(void);
/* What was provisioned, at most BOARD_PROVISION_MAX octets: a u32
 * (big-endian) of octets, then those.  Empty: nothing was. */
#define BOARD_PROVISION_MAX 65532
struct bytes board_provision(void);
/* The program as it was linked: code, constants and initial data. */
struct bytes board_image(void);
/* 32 octets of this run's own, and then none: they are wiped. */
#define BOARD_SEED 32
MUST_CHECK enum err board_seed(uint8_t out[BOARD_SEED]);
/* Octets of stack that were ever used, of how many. */
size_t board_stack_used(void);
size_t board_stack_size(void);

#endif
