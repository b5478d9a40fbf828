#include "tq_dsp_fir.h"
#include "tq_dsp_quick.h"

enum { PART = 0x7fff };

/* full, a constant: all int8 values are allowed, and the scale's addend has no activation_min. */
static inline int8_t quick_output(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int32_t sum, int full) {
  if (full) return (int8_t)tq_to_int8_range(tq_dsp_scaled(scale, sum));
  return (int8_t)(uint8_t)tq_dsp_clamp_bytes(clamp, tq_to_uint8(tq_dsp_scaled(scale, sum)));
}

/* The clamp and the scale by value, which stay in registers so. */
static inline void put_parts(tq_dsp_clamp clamp, tq_dsp_scale scale, const uint32_t *sums, int32_t count,
                             int8_t *output, int32_t step, int full) {
  for (; count > 1; count -= 2, output += 2 * step) {
    const uint32_t two = *sums++;
    output[0] = quick_output(&clamp, &scale, (int32_t)(two & PART), full);
    output[step] = quick_output(&clamp, &scale, (int32_t)(two >> 15 & PART), full);
  }
  if (count > 0) *output = quick_output(&clamp, &scale, (int32_t)(*sums & PART), full);
}

static inline void put_sums(tq_dsp_clamp clamp, tq_dsp_scale scale, const int32_t *sums, int32_t count,
                            int8_t *output, int32_t step, int full) {
  for (; count > 1; count -= 2, sums += 2, output += 2 * step) {
    output[0] = quick_output(&clamp, &scale, sums[0], full);
    output[step] = quick_output(&clamp, &scale, sums[1], full);
  }
  if (count > 0) *output = quick_output(&clamp, &scale, *sums, full);
}

static tq_dsp_scale full_scale(tq_dsp_scale scale) {
  scale.addend -= 128 * (1 << scale.shift);
  return scale;
}

static void put_whole(const tq_dsp_clamp *clamp, const tq_dsp_fir_filter *filter, const int32_t *sums, int32_t count,
                      int8_t *output, int32_t step) {
  if (filter->quick && clamp->room == 0) {
    put_sums(*clamp, full_scale(filter->scale), sums, count, output, step, 1);
    return;
  }
  if (filter->quick) {
    put_sums(*clamp, filter->scale, sums, count, output, step, 0);
    return;
  }
  for (int32_t i = 0; i < count; i++, output += step) {
    tq_dsp_finish(clamp, &filter->scale, 0, 1, sums + i, output);
  }
}

/* Sum i, of which the first two are no outputs'. */
static int32_t sum_of(const uint32_t *sums, int32_t i) {
  return (int32_t)(sums[1 + i / 2] >> 15 * (i % 2) & PART) - TQ_DSP_FIR_ADDED;
}

/* More taps that are not zero than a part has room for. */
static void add_parts(const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter, const uint32_t *even,
                      const uint32_t *odd, uint32_t *sums, int32_t tiles, int32_t count, int32_t *whole) {
  const uint32_t *words = tq_dsp_fir_words(filter);

  for (int32_t i = 0; i < count; i++) whole[i] = filter->quick ? TQ_DSP_FIR_ADDED : 0; /* as the scale has it */
  for (int32_t left = plan->words; left > 0; left -= TQ_DSP_FIR_PART, words += TQ_DSP_FIR_PART) {
    tq_dsp_fir_sums(sums, even, odd, words, (left < TQ_DSP_FIR_PART ? left : TQ_DSP_FIR_PART) / 2, tiles);
    for (int32_t i = 0; i < count; i++) whole[i] += sum_of(sums, i);
    even += TQ_DSP_FIR_PART / 2 * 3;
    odd += TQ_DSP_FIR_PART / 2 * 3;
  }
}

static void of_codes(const tq_dsp_clamp *clamp, const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter,
                     const uint32_t *x, uint32_t *sums, int32_t count, int8_t *output, int32_t step) {
  const uint32_t *const odd = x + plan->pairs + 1;
  const int32_t tiles = tq_dsp_fir_tiles(count, 1);
  int32_t *const whole = (int32_t *)(void *)((uint8_t *)sums + plan->sums_bytes);

  if (filter->ones > TQ_DSP_FIR_ONES) {
    add_parts(plan, filter, x, odd, sums, tiles, count, whole);
    put_whole(clamp, filter, whole, count, output, step);
    return;
  }
  tq_dsp_fir_sums(sums, x, odd, tq_dsp_fir_words(filter), plan->words / 2, tiles);
  if (filter->quick && clamp->room == 0) {
    put_parts(*clamp, full_scale(filter->scale), sums + 1, count, output, step, 1);
    return;
  }
  if (filter->quick) {
    put_parts(*clamp, filter->scale, sums + 1, count, output, step, 0);
    return;
  }
  for (int32_t i = 0; i < count; i++, output += step) {
    const int32_t sum = sum_of(sums, i);
    put_whole(clamp, filter, &sum, 1, output, step);
  }
}

void tq_dsp_fir_outputs(const tq_dsp_clamp *clamp, const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter,
                        const uint32_t *x, uint32_t *sums, int32_t count, int8_t *output, int32_t step) {
  if (TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, plan->coded)) {
    of_codes(clamp, plan, filter, x, sums, count, output, step);
    return;
  }
  int32_t *const whole = (int32_t *)(void *)sums;
  tq_dsp_fir_sums_int8(whole, x, tq_dsp_fir_words(filter), plan->words / 4, tq_dsp_fir_tiles(count, 0));
  put_whole(clamp, filter, whole, count, output, step);
}
