/* QEMU mps2-an385: CMSDK timer 0 counts at 25 MHz. */
#include "tinyq/tq_port.h"

#include "../bare_metal/cmsdk_timer.h"
#include "../bare_metal/stream.h"

#define TIMER ((cmsdk_timer *)0x40000000u)

int tq_port_init(void) {
  cmsdk_timer_start(TIMER);
  return stream_open();
}

uint32_t tq_port_ticks(void) { return cmsdk_timer_ticks(TIMER); }
