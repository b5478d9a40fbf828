#include "tq_bits_formulas.h"
#include "tq_neon_bits.h"

/* Four at a time: a product and a sum, each rounded, as tq_store_sum_f32 has them. */
static int32_t fours(const tq_bits_store *store, const int32_t *sums, float *output) {
  int32_t o = 0;
#if TQ_NEON
  const tq_bits_output *const how = store->how;
  const float *const bias = store->bias;
  const float32x4_t low = vdupq_n_f32(how->real_min), high = vdupq_n_f32(how->real_max);

  for (; o + 4 <= store->channels; o += 4) {
    float32x4_t real = vmulq_f32(vcvtq_f32_s32(vld1q_s32(sums + o)), vld1q_f32(how->scale + o));
    if (bias) real = vaddq_f32(real, vld1q_f32(bias + o));
    real = vbslq_f32(vcltq_f32(real, low), low, real);
    vst1q_f32(output + o, vbslq_f32(vcgtq_f32(real, high), high, real));
  }
#else
  (void)store, (void)sums, (void)output;
#endif
  return o;
}

void tq_neon_store_f32(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output) {
  const int32_t channels = store->channels;

  for (int32_t o = fours(store, sums, (float *)output + row * channels); o < channels; o++) {
    tq_store_sum_f32(store->how, store->bias, row, channels, o, sums[o], output);
  }
}
