#include "tq_mve.h"
#include "tq_mve_depthwise.h"

#if TQ_MVE

/* What is the same for all taps. */
typedef struct {
  const int8_t *window, *w;
  const int32_t *places;
  int32_t apart, spread;
  uint8x16_t channels;
} taps_left;

static inline int8x16_t next_x(taps_left *t) {
  const int8_t *const x = t->window + *t->places++;
  return t->spread ? vldrbq_gather_offset_s8(x, t->channels) : vldrbq_s8(x);
}

static inline int8x16_t next_w(taps_left *t) {
  const int8x16_t w = vldrbq_s8(t->w);
  t->w += t->apart;
  return w;
}

/* Sums of the even and the odd bytes' channels -> in their order. */
static inline void store(int32x4_t even_even, int32x4_t odd_even, int32x4_t even_odd, int32x4_t odd_odd,
                         int32_t *sums) {
  const int32x4x4_t all = {{even_even, odd_even, even_odd, odd_odd}};
  vst4q_s32(sums, all);
}

static inline void sum_codes(taps_left t, int32_t count, int32_t *sums) {
  int16x8_t even = vdupq_n_s16(0), odd = even;

  for (; count > 0; count--) {
    const int8x16_t x = next_x(&t), w = next_w(&t);
    even = vaddq_s16(even, vmullbq_int_s8(x, w));
    odd = vaddq_s16(odd, vmulltq_int_s8(x, w));
  }
  store(vmovlbq_s16(even), vmovlbq_s16(odd), vmovltq_s16(even), vmovltq_s16(odd), sums);
}

/* Two products are within 16 bits: 2 * 128 * 127. */
static inline void sum_weights(taps_left t, int32_t count, int32_t *sums) {
  int32x4_t ee = vdupq_n_s32(0), oe = ee, eo = ee, oo = ee;

  for (; count > 0; count -= 2) {
    const int8x16_t x0 = next_x(&t), w0 = next_w(&t);
    int16x8_t even = vmullbq_int_s8(x0, w0), odd = vmulltq_int_s8(x0, w0);
    if (count > 1) {
      const int8x16_t x1 = next_x(&t), w1 = next_w(&t);
      even = vaddq_s16(even, vmullbq_int_s8(x1, w1));
      odd = vaddq_s16(odd, vmulltq_int_s8(x1, w1));
    }
    ee = vaddq_s32(ee, vmovlbq_s16(even));
    eo = vaddq_s32(eo, vmovltq_s16(even));
    oe = vaddq_s32(oe, vmovlbq_s16(odd));
    oo = vaddq_s32(oo, vmovltq_s16(odd));
  }
  store(ee, oe, eo, oo, sums);
}

void tq_mve_depthwise_sums(const tq_mve_lanes *lanes, const int8_t *window, const int32_t *places, int32_t *sums) {
  taps_left t = {window + lanes->first, lanes->w, places, lanes->apart, 0, vdupq_n_u8(0)};

  if (lanes->spread) {
    t.spread = 1;
    t.channels = vldrbq_u8(lanes->channels);
    if (lanes->codes) {
      sum_codes(t, lanes->taps, sums);
    } else {
      sum_weights(t, lanes->taps, sums);
    }
  } else if (lanes->codes) {
    sum_codes(t, lanes->taps, sums);
  } else {
    sum_weights(t, lanes->taps, sums);
  }
}

#else

void tq_mve_depthwise_sums(const tq_mve_lanes *lanes, const int8_t *window, const int32_t *places, int32_t *sums) {
  for (int32_t i = 0; i < TQ_MVE_LANES; i++) {
    const int8_t *const x = window + lanes->first + (lanes->spread ? lanes->channels[i] : i);
    sums[i] = 0;
    for (int32_t tap = 0; tap < lanes->taps; tap++) sums[i] += x[places[tap]] * lanes->w[tap * lanes->apart + i];
  }
}

#endif
