/* A wait for hardware that ends: an emulator may not have that hardware. */
#ifndef TQ_AWAIT_H
#define TQ_AWAIT_H

#include <stdint.h>

/* Until the register has these bits of `mask`; at most some milliseconds. */
static inline void await_bits(const volatile uint32_t *word, uint32_t mask, uint32_t bits) {
  for (uint32_t i = 0; i < 50000u && (*word & mask) != bits; ++i) {
  }
}

#endif
