/*
 * clock: SysTick, a thousand times a second; starting and stopping the board.
 */
#include "board_int.h"

struct systick {
	volatile uint32_t csr, rvr, cvr;
};

#define SYSTICK      ((struct systick *)0xe000e010u)
#define CSR_RUN      7u /* processor clock, interrupt, enabled */
#define CLOCK_HZ     20000000u
#define VTOR         (*(volatile uint32_t *)0xe000ed08u)
#define AIRCR        (*(volatile uint32_t *)0xe000ed0cu)
#define AIRCR_RESET  0x05fa0004u
#define VECTORS_HERE 0x10000000u

static volatile uint32_t ticks;

void
tick_handler(void)
{
	ticks++;
}

uint32_t
clock_ms(void)
{
	return ticks;
}

void
board_init(void)
{
	VTOR = VECTORS_HERE;
	uart_open(UART_LINK);
	uart_open(UART_LOG);
	SYSTICK->rvr = CLOCK_HZ / 1000 - 1;
	SYSTICK->cvr = 0;
	SYSTICK->csr = CSR_RUN;
}

void
board_stop(const char *why)
{
	uart_text(UART_LOG, "stopped: ");
	uart_text(UART_LOG, why);
	uart_text(UART_LOG, "\n");
	/* QEMU with -no-reboot ends here. */
	AIRCR = AIRCR_RESET;
	for (;;)
		continue;
}
