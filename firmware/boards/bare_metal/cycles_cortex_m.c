/* The core's cycles: DWT's counter where it counts, else SysTick. A Cortex-M0 has no such counter, and an emulator may
 * have registers that stand still: so it is tried. Sources: Arm v7-M Architecture Reference Manual, B3.3 "The system
 * timer, SysTick", C1.8 "The Data Watchpoint and Trace unit"; Cortex-M7 Technical Reference Manual, 10.3 (its lock). */
#include "cycles.h"

#include "tinyq/tq_port.h"

typedef struct {
  volatile uint32_t control, reload, value;
} systick;

typedef struct {
  volatile uint32_t control, cycles;
} dwt;

#define SYSTICK ((systick *)0xE000E010u)
#define DWT ((dwt *)0xE0001000u)
#define DWT_LOCK (*(volatile uint32_t *)0xE0001FB0u)
#define DEBUG_CONTROL (*(volatile uint32_t *)0xE000EDFCu)
#define ENABLE_INTERRUPT_CORE_CLOCK 7u
#define ENABLE_TRACE (1u << 24)
#define UNLOCK 0xC5ACCE55u
#define WHOLE 0x1000000u

static volatile uint32_t upper;
static int dwt_counts;

void tq_systick(void); /* the vector table's (startup_cortex_m.c) */
void tq_systick(void) { upper += WHOLE; }

/* Whether it counts. */
static int dwt_start(void) {
#if __ARM_ARCH > 6 && !defined(__ARM_ARCH_8M_BASE__)
  DEBUG_CONTROL |= ENABLE_TRACE;
  DWT_LOCK = UNLOCK;
  DWT->cycles = 0;
  DWT->control |= 1;
  return DWT->cycles > 0;
#else
  return 0;
#endif
}

/* 24 bits that count down; its interrupt counts the upper 8. It is on where DWT counts, too: it ends the sleep of
 * tq_port_poll from time to time, so that the program can feed its watchdog. */
static void systick_start(void) {
  SYSTICK->reload = WHOLE - 1;
  SYSTICK->value = 0;
  SYSTICK->control = ENABLE_INTERRUPT_CORE_CLOCK;
}

void cycles_start(void) {
  dwt_counts = dwt_start();
  systick_start();
}

/* SysTick again where its interrupt came in between. */
uint32_t tq_port_ticks(void) {
  uint32_t before, lower;
  if (dwt_counts) return DWT->cycles;
  do {
    before = upper;
    lower = WHOLE - 1 - SYSTICK->value;
  } while (before != upper);
  return before + lower;
}
