#include "tq_mve_few.h"

#if TQ_MVE
#define ADD(from)                                                                                             \
  __asm__ volatile("wlstp.32 lr, %[count], 2f\n"                                                              \
                   "1: vldrw.u32 q1, [%[a], %q[at], uxtw #2]\n" from                                          \
                   "vldrw.u32 q2, [%[b], %q[at], uxtw #2]\n"                                                  \
                   "vmla.u32 q1, q2, %[y]\n"                                                                  \
                   "vldrw.u32 q2, [%[c], %q[at], uxtw #2]\n"                                                  \
                   "vmla.u32 q1, q2, %[z]\n"                                                                  \
                   "vadd.i32 %q[at], %q[at], %q[four]\n"                                                      \
                   "vstrw.32 q1, [%[to]], #16\n"                                                              \
                   "letp lr, 1b\n"                                                                            \
                   "2:\n"                                                                                     \
                   : [to] "+r"(to), [at] "+w"(at)                                                             \
                   : [count] "r"(width), [a] "r"(line + t->taps[0]), [b] "r"(line + t->taps[1]),               \
                     [c] "r"(line + t->taps[2]), [x] "w"(vdupq_n_u32(t->apart[0])), [y] "r"(t->apart[1]),      \
                     [z] "r"(t->apart[2]), [begin] "r"(TQ_MVE_FEW_PLACE(few)), [four] "w"(four)               \
                   : "q1", "q2", "lr", "memory")
#endif

void tq_mve_few_see(const tq_mve_few *few, const tq_mve_few_run *run, int32_t row, int32_t rows, int32_t count, uint32_t *places) {
  const tq_sliced *const layer = few->layer;
  const int32_t stride = layer->stride_w, width = run->count;
  const tq_mve_few_taps *const end = few->taps + rows * few->steps;
#if TQ_MVE
  const uint32x4_t ramp = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)stride), four = vdupq_n_u32(4 * (uint32_t)stride);
#endif

  for (; count > 0; count--, row += layer->stride_h, places += width) {
    int32_t at_row = row;
    for (const tq_mve_few_taps *t = few->taps; t < end; at_row += layer->dilation_h) {
      const uint32_t *const line = tq_mve_few_line(few, run, at_row);
      for (const tq_mve_few_taps *const last = t + few->steps; t < last; t++) {
        uint32_t *to = places + t->to;
#if TQ_MVE
        uint32x4_t at = ramp;
        if (t->first) {
          ADD("vmlas.u32 q1, %q[x], %[begin]\n");
        } else {
          ADD("vldrw.u32 q2, [%[to]]\n"
              "vmul.i32 q1, q1, %q[x]\n"
              "vadd.i32 q1, q1, q2\n");
        }
#else
        for (int32_t k = 0; k < width; k++, to++) {
          const uint32_t *const at = line + k * stride;
          *to = (t->first ? TQ_MVE_FEW_PLACE(few) : *to) + at[t->taps[0]] * t->apart[0] + at[t->taps[1]] * t->apart[1] +
                at[t->taps[2]] * t->apart[2];
        }
#endif
      }
    }
  }
}
