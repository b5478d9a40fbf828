/* Which channels' codes are counted from the highest down, as bits. */
#ifndef TQ_MVE_FLIPS_H
#define TQ_MVE_FLIPS_H

#include "tq_mve.h"

/* flip [count], count <= 32, or NULL -> bits. */
static inline uint32_t tq_mve_flips(const int8_t *flip, int32_t count) {
  uint32_t flips = 0;

  if (!flip) return 0;
#if TQ_MVE
  flips = vcmpneq_n_s8(vldrbq_z_s8(flip, vctp8q((uint32_t)count)), 0);
  if (count > 16) flips |= (uint32_t)vcmpneq_n_s8(vldrbq_z_s8(flip + 16, vctp8q((uint32_t)count - 16)), 0) << 16;
#else
  for (int32_t i = 0; i < count; i++) flips |= (uint32_t)flip[i] << i;
#endif
  return flips;
}

#endif
