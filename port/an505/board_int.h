/*
 * board_int: what the files of this board share: Arm's MPS2 with an SSE-200
 * ("AN505"), as QEMU's mps2-an505 emulates it, everything in Secure state.
 *
 * It has no flash and no generator of random numbers.  What a real device
 * would keep in flash stands in its PSRAM, which whoever runs the emulation
 * loads before the reset and saves afterwards; seed and provisioning are put
 * into Secure RAM the same way (an505.ld says where).  docs/porting.md
 */
#ifndef AN505_BOARD_INT_H
#define AN505_BOARD_INT_H

#include <board.h>

void uart_open(enum uart u);
/* Called by the processor only. */
void reset_handler(void);
void tick_handler(void);
void fault_handler(void);
_Noreturn void fault_stop(void);

int main(void);

#endif
