#include "tq_mve_rows.h"

#if TQ_MVE

/* Whole fours; shift is to the right, by 1 at least (tq_four_scale says why). */
static int32_t fours(const tq_mve_scales *s, int32_t count, const int32_t *sums, int8_t *output, int32_t step) {
  const int32_t done = count & ~3;
  const int32x4_t min = vdupq_n_s32(s->min - s->zero_point), max = vdupq_n_s32(s->max - s->zero_point);
  const int32x4_t factor = vdupq_n_s32(s->factor[0]);
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);

  if (s->shift[0] == 0 || done == 0) return 0;
  __asm__ volatile("dls lr, %[fours]\n"
                   "1: vldrw.32 q0, [%[sums]], #16\n"
                   "vmlas.s32 q0, %q[factor], %[start]\n"
                   "vqrdmulh.s32 q0, q0, %[multiplier]\n"
                   "vshr.s32 q1, q0, #31\n"
                   "vadd.i32 q0, q0, q1\n"
                   "vrshl.s32 q0, %[shift]\n"
                   "vmax.s32 q0, q0, %q[min]\n"
                   "vmin.s32 q0, q0, %q[max]\n"
                   "vadd.i32 q0, q0, %[zero_point]\n"
                   "vstrb.32 q0, [%[output], %q[places]]\n"
                   "add %[output], %[output], %[fourth]\n"
                   "le lr, 1b\n"
                   : [sums] "+r"(sums), [output] "+r"(output)
                   : [fours] "r"(done / 4), [factor] "w"(factor), [start] "r"(s->start[0]),
                     [multiplier] "r"(s->multiplier[0]), [shift] "r"(s->shift[0]), [min] "w"(min), [max] "w"(max),
                     [zero_point] "r"(s->zero_point), [places] "w"(places), [fourth] "r"(4 * step)
                   : "q0", "q1", "lr", "memory");
  return done;
}

#else

static int32_t fours(const tq_mve_scales *s, int32_t count, const int32_t *sums, int8_t *output, int32_t step) {
  (void)s, (void)count, (void)sums, (void)output, (void)step;
  return 0;
}

#endif

void tq_mve_outputs_along(const tq_mve_layer *layer, int32_t channel, int32_t total, int32_t count,
                          const int32_t *sums, int8_t *output, int32_t step) {
  int32_t room[3];
  const tq_mve_scales s = tq_mve_scales_at(layer, channel, 1, room);

  tq_mve_set_scale(layer, &s, 0, channel, total);
  for (int32_t i = fours(&s, count, sums, output, step); i < count; i++) output[i * step] = tq_mve_output(&s, 0, sums[i]);
}
