/* 32-bit timer of Arm's Cortex-M System Design Kit: it counts down, and begins again at `reload`. */
#ifndef TQ_CMSDK_TIMER_H
#define TQ_CMSDK_TIMER_H

#include <stdint.h>

typedef struct {
  volatile uint32_t control, value, reload, interrupt;
} cmsdk_timer;

static inline void cmsdk_timer_start(cmsdk_timer *timer) {
  timer->reload = UINT32_MAX;
  timer->value = UINT32_MAX;
  timer->control = 1;
}

static inline uint32_t cmsdk_timer_ticks(const cmsdk_timer *timer) { return UINT32_MAX - timer->value; }

#endif
