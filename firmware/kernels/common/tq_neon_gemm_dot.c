#include "tq_neon.h"
#include "tq_neon_gemm.h"

#if TQ_NEON

#define DOT __attribute__((target("arch=armv8.2-a+dotprod")))

/* 8 rows by 4 filters; a step is four times four inputs. */
#define ADD_QUARTER(lane)                                             \
  do {                                                                \
    const int8x16_t four = vld1q_s8(w + 16 * (lane));                 \
    sum0 = vdotq_laneq_s32(sum0, four, x0, lane);                     \
    sum1 = vdotq_laneq_s32(sum1, four, x1, lane);                     \
    sum2 = vdotq_laneq_s32(sum2, four, x2, lane);                     \
    sum3 = vdotq_laneq_s32(sum3, four, x3, lane);                     \
    sum4 = vdotq_laneq_s32(sum4, four, x4, lane);                     \
    sum5 = vdotq_laneq_s32(sum5, four, x5, lane);                     \
    sum6 = vdotq_laneq_s32(sum6, four, x6, lane);                     \
    sum7 = vdotq_laneq_s32(sum7, four, x7, lane);                     \
    const int8x16_t next = vld1q_s8(w + apart + 16 * (lane));         \
    sum8 = vdotq_laneq_s32(sum8, next, x0, lane);                     \
    sum9 = vdotq_laneq_s32(sum9, next, x1, lane);                     \
    sum10 = vdotq_laneq_s32(sum10, next, x2, lane);                   \
    sum11 = vdotq_laneq_s32(sum11, next, x3, lane);                   \
    sum12 = vdotq_laneq_s32(sum12, next, x4, lane);                   \
    sum13 = vdotq_laneq_s32(sum13, next, x5, lane);                   \
    sum14 = vdotq_laneq_s32(sum14, next, x6, lane);                   \
    sum15 = vdotq_laneq_s32(sum15, next, x7, lane);                   \
  } while (0)

/* 8 rows by 8 filters: two blocks of 4, `apart` bytes from each other (0: the same one twice). */
DOT static inline void tile(const int8_t *x, const int8_t *w, int32_t apart, int32_t steps, int32_t row,
                            const int32_t *start, int32_t *sums) {
  const int32_t second = apart > 0 ? 4 : 0;
  const int32x4_t zero = vld1q_s32(start), one = vld1q_s32(start + second);
  int32x4_t sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero, sum4 = zero, sum5 = zero, sum6 = zero, sum7 = zero;
  int32x4_t sum8 = one, sum9 = one, sum10 = one, sum11 = one, sum12 = one, sum13 = one, sum14 = one, sum15 = one;

  for (; steps > 0; steps--, x += 128, w += 64) {
    const int8x16_t x0 = vld1q_s8(x), x1 = vld1q_s8(x + 16), x2 = vld1q_s8(x + 32), x3 = vld1q_s8(x + 48);
    const int8x16_t x4 = vld1q_s8(x + 64), x5 = vld1q_s8(x + 80), x6 = vld1q_s8(x + 96), x7 = vld1q_s8(x + 112);
    ADD_QUARTER(0);
    ADD_QUARTER(1);
    ADD_QUARTER(2);
    ADD_QUARTER(3);
  }
  vst1q_s32(sums + second, sum8), vst1q_s32(sums + row + second, sum9);
  vst1q_s32(sums + 2 * row + second, sum10), vst1q_s32(sums + 3 * row + second, sum11);
  vst1q_s32(sums + 4 * row + second, sum12), vst1q_s32(sums + 5 * row + second, sum13);
  vst1q_s32(sums + 6 * row + second, sum14), vst1q_s32(sums + 7 * row + second, sum15);
  vst1q_s32(sums, sum0), vst1q_s32(sums + row, sum1), vst1q_s32(sums + 2 * row, sum2);
  vst1q_s32(sums + 3 * row, sum3), vst1q_s32(sums + 4 * row, sum4), vst1q_s32(sums + 5 * row, sum5);
  vst1q_s32(sums + 6 * row, sum6), vst1q_s32(sums + 7 * row, sum7);
}

DOT void tq_neon_gemm_dot(const int8_t *rows, const int8_t *filters, tq_gemm_size size, const int32_t *start,
                      int32_t *sums) {
  const int32_t block = 64 * size.steps;

  for (int32_t o = 0; o < size.filters; o += 8, filters += 2 * block) {
    tile(rows, filters, o + 4 < size.filters ? block : 0, size.steps, size.filters, start + o, sums + o);
  }
}

#else

void tq_neon_gemm_dot(const int8_t *rows, const int8_t *filters, tq_gemm_size size, const int32_t *start,
                      int32_t *sums) {
  for (int32_t i = 0; i < TQ_GEMM_ROWS * size.filters; i++) {
    const int32_t row = i / size.filters, o = i % size.filters;
    int32_t sum = start[o];
    for (int32_t k = 0; k < 16 * size.steps; k++) {
      sum += rows[k / 16 * 128 + row * 16 + k % 16] * filters[o / 4 * 64 * size.steps + k / 4 * 16 + o % 4 * 4 + k % 4];
    }
    sums[i] = sum;
  }
}

#endif
