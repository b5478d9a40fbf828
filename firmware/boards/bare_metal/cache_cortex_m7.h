/* Caches of a Cortex-M7. Source: Arm v7-M Architecture Reference Manual, B2.2.7 (maintenance) and B4.8.2 (CCSIDR). */
#ifndef TQ_CACHE_CORTEX_M7_H
#define TQ_CACHE_CORTEX_M7_H

#include <stdint.h>

#define CACHE_REGISTER(address) (*(volatile uint32_t *)(address))

/* What the data cache holds after a reset is anything: each line of 32 bytes is made invalid. */
static inline void caches_start(void) {
  CACHE_REGISTER(0xE000ED84u) = 0; /* CSSELR: the data cache */
  __asm__ volatile("dsb" : : : "memory");
  const uint32_t size = CACHE_REGISTER(0xE000ED80u);
  const uint32_t last_set = (size >> 13) & 0x7FFFu, last_way = (size >> 3) & 0x3FFu;
  for (uint32_t set = 0; set <= last_set; ++set) {
    for (uint32_t way = 0; way <= last_way; ++way) {
      CACHE_REGISTER(0xE000EF60u) = (way << 30) | (set << 5); /* DCISW; four ways */
    }
  }
  CACHE_REGISTER(0xE000EF50u) = 0; /* ICIALLU */
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  CACHE_REGISTER(0xE000ED14u) |= (1u << 16) | (1u << 17);
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

#endif
