/* Watchdog of Arm's Cortex-M System Design Kit, at the core's clock (25 MHz on MPS2). Its first time-out is an NMI, which
 * resets the chip here; the second would. Source: Arm DDI 0479, 3.7. */
#include "tinyq/tq_port.h"

#define WATCHDOG(offset) (*(volatile uint32_t *)(0x40008000u + (offset)))
#define AIRCR (*(volatile uint32_t *)0xE000ED0Cu)
#define KILOHERTZ 25000u

void tq_nmi(void); /* the vector table's (startup_cortex_m.c) */
void tq_nmi(void) {
  AIRCR = (0x5FAu << 16) | (1u << 2);
  for (;;) {
  }
}

int tq_port_watchdog_start(uint32_t milliseconds) {
  WATCHDOG(0xC00u) = 0x1ACCE551u;
  WATCHDOG(0x000u) = milliseconds * KILOHERTZ;
  WATCHDOG(0x008u) = 3; /* the NMI, and a reset */
  return 0;
}

void tq_port_watchdog_feed(void) { WATCHDOG(0x00Cu) = 1; }
