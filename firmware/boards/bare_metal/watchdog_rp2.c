/* Watchdog of RP2040 and RP2350, fed by the crystal. Source: RP2040 datasheet 4.7 and errata RP2040-E1, RP2350 datasheet
 * 12.9. */
#include "rp2_start.h"
#include "tinyq/tq_port.h"

#define ENABLE (1u << 30)

static uint32_t counts;

int tq_port_watchdog_start(uint32_t milliseconds) {
  counts = milliseconds * rp2.watchdog_per_millisecond;
  *rp2_register(rp2.watchdog, RP2_CLEAR) = ENABLE;
  *rp2_register(rp2.power_states, 0x08) = rp2.watchdog_resets;
  *rp2_register(rp2.watchdog_tick, 4) = 12; /* periods of the crystal a microsecond; RP2040 has them in the other one */
  *rp2_register(rp2.watchdog_tick, 0) = rp2.watchdog_tick_on;
  tq_port_watchdog_feed();
  *rp2_register(rp2.watchdog, 0) = ENABLE;
  return 0;
}

void tq_port_watchdog_feed(void) { *rp2_register(rp2.watchdog, 0x04) = counts; }
