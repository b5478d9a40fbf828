/* Where the chip has its independent watchdog: a board's port.c says it. */
#ifndef TQ_STM32_WATCHDOG_H
#define TQ_STM32_WATCHDOG_H

#include <stdint.h>

typedef struct {
  volatile uint32_t key, prescaler, reload, status;
} stm32_iwdg;

extern stm32_iwdg *const stm32_watchdog;

#endif
