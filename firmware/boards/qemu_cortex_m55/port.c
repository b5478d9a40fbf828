/* QEMU mps3-an547: the system counter of the SSE-300 counts at 32 MHz. */
#include "tinyq/tq_port.h"

#include "../bare_metal/stream.h"

/* Control and value (its lower half) in the counter's secure control frame. */
#define COUNTER_CONTROL (*(volatile uint32_t *)0x58100000u)
#define COUNTER_VALUE (*(volatile uint32_t *)0x58100008u)

int tq_port_init(void) {
  COUNTER_CONTROL |= 1;
  return stream_open();
}

uint32_t tq_port_ticks(void) { return COUNTER_VALUE; }
