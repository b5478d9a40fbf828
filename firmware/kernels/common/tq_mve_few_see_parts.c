#include "tq_mve_few.h"

/* Some channels of one tap, `shift` of them further on. */
static void take_part(const tq_mve_few *few, const uint32_t *line, int32_t shift, int32_t channels, int32_t count, uint32_t *to) {
  const int32_t stride = few->layer->stride_w, apart = TQ_MVE_FEW_LANES * few->plan.lookups;
  const uint32_t mask = (1u << channels) - 1;
#if TQ_MVE
  uint32x4_t at = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)stride);
  __asm__ volatile("wlstp.32 lr, %[count], 2f\n"
                   "1: vldrw.u32 q1, [%[line], %q[at], uxtw #2]\n"
                   "vshl.u32 q1, %[shift]\n"
                   "vand q1, q1, %q[mask]\n"
                   "vmlas.u32 q1, %q[apart], %[begin]\n"
                   "vadd.i32 %q[at], %q[at], %[four]\n"
                   "vstrw.32 q1, [%[to]], #16\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : [to] "+r"(to), [at] "+w"(at)
                   : [count] "r"(count), [line] "r"(line), [shift] "r"(-shift), [mask] "w"(vdupq_n_u32(mask)),
                     [apart] "w"(vdupq_n_u32((uint32_t)apart)), [begin] "r"(TQ_MVE_FEW_PLACE(few)), [four] "r"(4 * stride)
                   : "q1", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i] = TQ_MVE_FEW_PLACE(few) + (line[i * stride] >> shift & mask) * (uint32_t)apart;
#endif
}

void tq_mve_few_see_parts(const tq_mve_few *few, const tq_mve_few_run *run, int32_t row, int32_t count, uint32_t *places) {
  const int32_t parts = few->plan.parts, channels = (few->layer->dims->filter.c + parts - 1) / parts;

  for (; count > 0; count--, row += few->layer->stride_h, places += run->count) {
    const uint32_t *line = tq_mve_few_line(few, run, row);
    uint32_t *to = places;
    for (int32_t x = 0; x < few->plan.across; x++, line += few->layer->dilation_w) {
      for (int32_t part = 0; part < parts; part++, to += few->list) {
        take_part(few, line, part * channels, channels, run->count, to);
      }
    }
  }
}
