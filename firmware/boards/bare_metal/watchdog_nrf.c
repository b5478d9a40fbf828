/* Watchdog of nRF51 and nRF52, 32768 Hz; it stands still while the core sleeps. Source: Nordic nRF51 Series Reference
 * Manual 3.0, chapter 24 (WDT). */
#include "tinyq/tq_port.h"

#define WATCHDOG(offset) (*(volatile uint32_t *)(0x40010000u + (offset)))

int tq_port_watchdog_start(uint32_t milliseconds) {
  WATCHDOG(0x504u) = (milliseconds * 4096u + 124u) / 125u;
  WATCHDOG(0x508u) = 1; /* one channel to feed */
  WATCHDOG(0x50Cu) = 0;
  WATCHDOG(0x000u) = 1;
  return 0;
}

void tq_port_watchdog_feed(void) { WATCHDOG(0x600u) = 0x6E524635u; }
