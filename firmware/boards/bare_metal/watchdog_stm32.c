/* Independent watchdog of the STM32, on an oscillator of its own. Source: ST RM0090 21, RM0041 17, RM0433 47 (IWDG). */
#include "await.h"
#include "stm32_watchdog.h"
#include "tinyq/tq_port.h"

enum { DIVIDE_BY_256 = 6, LONGEST = 0xFFF };

/* The oscillator has 32 or 40 kHz, but 60 at most: it takes the time that was asked for, or longer. */
int tq_port_watchdog_start(uint32_t milliseconds) {
  const uint32_t counts = milliseconds * 60u / 256u + 1;
  stm32_watchdog->key = 0xCCCC;
  stm32_watchdog->key = 0x5555;
  stm32_watchdog->prescaler = DIVIDE_BY_256;
  stm32_watchdog->reload = counts < LONGEST ? counts : LONGEST;
  await_bits(&stm32_watchdog->status, 3, 0);
  tq_port_watchdog_feed();
  return 0;
}

void tq_port_watchdog_feed(void) { stm32_watchdog->key = 0xAAAA; }
