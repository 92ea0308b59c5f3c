/*
 * log: one line an event, for whoever listens to the second UART.
 */
#include "device.h"

void
log_event(
    void *ctx, const char *event, const struct why *why, struct bytes subject)
{
	(void)ctx;
	uart_text(UART_LOG, event);
	if (why != NULL) {
		uart_text(UART_LOG, " reason=");
		uart_text(UART_LOG, err_name(why->err));
		if (why->what != NULL) {
			uart_text(UART_LOG, " what=");
			uart_text(UART_LOG, why->what);
		}
		uart_text(UART_LOG, " at=");
		uart_uint(UART_LOG, (uint32_t)why->at);
	}
	if (subject.n > 0) {
		/* Foreign octets: as hex they rewrite nobody's screen. */
		uart_text(UART_LOG, " subject=");
		uart_hex(UART_LOG, subject);
	}
	uart_text(UART_LOG, "\n");
}

void
log_number(const char *event, uint32_t n)
{
	uart_text(UART_LOG, event);
	uart_text(UART_LOG, " ");
	uart_uint(UART_LOG, n);
	uart_text(UART_LOG, "\n");
}
