/* Source: Arm v7-M Architecture Reference Manual, B3.3 "The system timer, SysTick". 24 bits that count down; its
 * interrupt counts the upper 8. */
#include "systick.h"

#include "tinyq/tq_port.h"

typedef struct {
  volatile uint32_t control, reload, value;
} systick;

#define SYSTICK ((systick *)0xE000E010u)
#define ENABLE_INTERRUPT_CORE_CLOCK 7u
#define WHOLE 0x1000000u

static volatile uint32_t upper;

void tq_systick(void); /* the vector table's (startup_cortex_m.c) */
void tq_systick(void) { upper += WHOLE; }

void systick_start(void) {
  SYSTICK->reload = WHOLE - 1;
  SYSTICK->value = 0;
  SYSTICK->control = ENABLE_INTERRUPT_CORE_CLOCK;
}

/* Again where the interrupt came in between. */
uint32_t tq_port_ticks(void) {
  uint32_t before, lower;
  do {
    before = upper;
    lower = WHOLE - 1 - SYSTICK->value;
  } while (before != upper);
  return before + lower;
}
