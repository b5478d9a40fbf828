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
    *output = tq_dsp_finish_one(clamp, &filter->scale, 0, sums[i]);
  }
}

static int are_codes(const tq_dsp_fir_plan *plan) {
  return TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, plan->coded);
}

/* Sum of output i, with what is added to parts. */
static int32_t sum_of(const tq_dsp_fir_plan *plan, const uint32_t *sums, int32_t i) {
  return (int32_t)(are_codes(plan) ? sums[1 + i / 2] >> 15 * (i % 2) & PART : sums[1 + i]);
}

static void sums_of(const tq_dsp_fir_plan *plan, const uint32_t *x, const uint32_t *words, int32_t count,
                    int32_t tiles, uint32_t *sums) {
  if (are_codes(plan)) {
    tq_dsp_fir_sums(sums, x, x + plan->pairs + 1, words, count / 2, tiles);
  } else {
    tq_dsp_fir_sums_int8(sums, x, words, count / 3, tiles);
  }
}

/* Of `left` words, those that a part has room for. */
static int32_t that_fit(const tq_dsp_fir_plan *plan, const uint32_t *words, int32_t left) {
  int32_t count = 0, weight = 0;

  if (are_codes(plan)) return left < 42 ? left : 42; /* 126 taps */
  for (; count < left; count += 3) {
    for (int32_t i = count; i < count + 3; i++) {
      const int32_t second = (int32_t)(words[i] << 11) >> 11, first = ((int32_t)words[i] - second) >> 21;
      weight += (first < 0 ? -first : first) + (second < 0 ? -second : second);
    }
    if (weight > tq_dsp_fir_parts_of(0).weight) return count;
  }
  return left;
}

/* Weights that add up to more than a part has room for. */
static void add_parts(const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter, const uint32_t *x,
                      uint32_t *sums, int32_t tiles, int32_t count, int32_t *whole) {
  const tq_dsp_fir_parts parts = tq_dsp_fir_parts_of(are_codes(plan));
  const uint32_t *words = tq_dsp_fir_words(filter);

  for (int32_t i = 0; i < count; i++) whole[i] = filter->quick ? parts.added : 0; /* as the scale has it */
  for (int32_t left = plan->words, fit; left > 0; left -= fit, words += fit) {
    fit = that_fit(plan, words, left);
    sums_of(plan, x, words, fit, tiles, sums);
    for (int32_t i = 0; i < count; i++) whole[i] += sum_of(plan, sums, i) - parts.added;
    x += are_codes(plan) ? fit / 2 * 3 : fit;
  }
}

/* Sums of codes, two in a word. */
static void put_two(const tq_dsp_clamp *clamp, const tq_dsp_fir_filter *filter, const uint32_t *sums, int32_t count,
                    int8_t *output, int32_t step) {
  if (clamp->room == 0) {
    put_parts(*clamp, full_scale(filter->scale), sums, count, output, step, 1);
  } else {
    put_parts(*clamp, filter->scale, sums, count, output, step, 0);
  }
}

void tq_dsp_fir_outputs(const tq_dsp_clamp *clamp, const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter,
                        const uint32_t *x, uint32_t *sums, int32_t count, int8_t *output, int32_t step) {
  const tq_dsp_fir_parts parts = tq_dsp_fir_parts_of(are_codes(plan));
  const int32_t tiles = tq_dsp_fir_tiles(count, plan->coded);

  if (filter->parted) {
    int32_t *const whole = (int32_t *)(void *)((uint8_t *)sums + plan->sums_bytes);
    add_parts(plan, filter, x, sums, tiles, count, whole);
    put_whole(clamp, filter, whole, count, output, step);
    return;
  }
  sums_of(plan, x, tq_dsp_fir_words(filter), plan->words, tiles, sums);
  if (!filter->quick) {
    for (int32_t i = 0; i < count; i++, output += step) {
      const int32_t sum = sum_of(plan, sums, i) - parts.added;
      put_whole(clamp, filter, &sum, 1, output, step);
    }
  } else if (are_codes(plan)) {
    put_two(clamp, filter, sums + 1, count, output, step);
  } else {
    put_whole(clamp, filter, (const int32_t *)(const void *)(sums + 1), count, output, step);
  }
}
