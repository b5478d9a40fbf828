#include "tq_mve_depthwise_bits.h"

#if TQ_MVE

/* Bits 0 to 15 and 16 to 31 -> every other one. */
static uint32x4_t together(uint32x4_t x) {
  static const uint32_t bits[] = {0x0000ff00u, 0x00f000f0u, 0x0c0c0c0cu, 0x22222222u};

  for (int32_t i = 0, shift = 8; i < 4; i++, shift /= 2) {
    const uint32x4_t moved = vshlq_r_u32(x, -shift), differing = vandq_u32(veorq_u32(x, moved), vdupq_n_u32(bits[i]));
    x = veorq_u32(x, veorq_u32(differing, vshlq_r_u32(differing, shift)));
  }
  return x;
}

/* Whether D is less than limit `i`: the highest digit that differs decides. */
static uint32x4_t less(const tq_sliced_word_output *to, const uint32_t *counts, int32_t i) {
  const uint32_t *const limits = to->limits + i * TQ_SLICED_DIGITS;
  uint32x4_t result = vdupq_n_u32(0);

  for (int32_t k = 0; k < to->digits; k++, counts += TQ_MVE_QUAD) {
    const uint32x4_t limit = vdupq_n_u32(limits[k]), differs = veorq_u32(vldrwq_u32(counts), limit);
    result = veorq_u32(result, vandq_u32(veorq_u32(result, limit), differs));
  }
  return result;
}

void tq_mve_depthwise_put_words(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t position, int32_t lanes) {
  const tq_sliced_word_output *const to = &d->to;
  const int32_t levels = to->how->levels, row = (levels > 2 ? 2 : 1) * to->words;
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)row), there = vdupq_n_u32(to->there);
  const uint32x4_t flip = vdupq_n_u32(to->flip), first = less(to, counts, 0);
  const mve_pred16_t some = vctp32q((uint32_t)lanes);
  uint32_t *const output = (uint32_t *)d->layer->output + position * row + to->word;
  uint32x4_t low, high = flip;

  if (levels == 2) {
    low = vmvnq_u32(veorq_u32(first, flip));
  } else if (levels == 3) { /* see tq_quantize_planes */
    const uint32x4_t second = less(to, counts, 1);
    low = vornq_u32(second, first);
    high = vorrq_u32(vmvnq_u32(vorrq_u32(first, flip)), vandq_u32(second, flip));
  } else {
    const uint32x4_t second = less(to, counts, 1);
    low = vmvnq_u32(veorq_u32(veorq_u32(first, second), veorq_u32(less(to, counts, 2), flip)));
    high = vmvnq_u32(veorq_u32(second, flip));
  }
  low = d->twice ? together(low) : low;
  vstrwq_scatter_shifted_offset_p_u32(output, places, vandq_u32(low, there), some);
  if (levels == 2) return;
  high = d->twice ? together(high) : high;
  vstrwq_scatter_shifted_offset_p_u32(output + to->words, places, vandq_u32(high, there), some);
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_put_words(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t position, int32_t lanes) {
  (void)d;
  (void)counts;
  (void)position;
  (void)lanes;
}

#endif
