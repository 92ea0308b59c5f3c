/*
 * uart: CMSDK APB UARTs, polled.
 */
#include "board_int.h"

struct regs {
	volatile uint32_t data, state, ctrl, intstatus, bauddiv;
};

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_RX    3u
#define DIVISOR       16 /* the least there is; QEMU knows no speed */

static struct regs *
regs_of(enum uart u)
{
	return (struct regs *)(0x50200000u + 0x1000u * (unsigned)u);
}

void
uart_open(enum uart u)
{
	struct regs *r = regs_of(u);

	r->bauddiv = DIVISOR;
	r->ctrl = CTRL_TX_RX;
	/* QEMU looks for input once more when data is read: without this the
	 * first octet comes a second late. */
	(void)r->data;
}

bool
uart_get(enum uart u, uint8_t *out)
{
	struct regs *r = regs_of(u);

	if ((r->state & STATE_RX_FULL) == 0)
		return false;
	*out = (uint8_t)r->data;
	return true;
}

void
uart_put(enum uart u, uint8_t c)
{
	struct regs *r = regs_of(u);

	while ((r->state & STATE_TX_FULL) != 0)
		continue;
	r->data = c;
}

void
uart_text(enum uart u, const char *s)
{
	for (; *s != 0; s++)
		uart_put(u, (uint8_t)*s);
}

void
uart_uint(enum uart u, uint32_t n)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	for (; at < sizeof(digits); at++)
		uart_put(u, (uint8_t)digits[at]);
}

void
uart_hex(enum uart u, struct bytes b)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < b.n; i++) {
		uart_put(u, (uint8_t)hex[b.p[i] >> 4]);
		uart_put(u, (uint8_t)hex[b.p[i] & 15]);
	}
}
