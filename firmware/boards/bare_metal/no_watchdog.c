/* Of boards that have none. */
#include "tinyq/tq_port.h"

int tq_port_watchdog_start(uint32_t milliseconds) {
  (void)milliseconds;
  return -1;
}

void tq_port_watchdog_feed(void) {}
