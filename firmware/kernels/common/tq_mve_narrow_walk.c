#include "tq_mve_narrow.h"

#if TQ_MVE
/* low, high: where an entry's bytes for the block are. */
#define WALK(low, high)                                                                    \
  __asm__ volatile("vmov.i32 q4, #0\n"                                                    \
                   "vmov.i32 q5, #0\n"                                                    \
                   "vmov.i32 q6, #0\n"                                                    \
                   "vmov.i32 q7, #0\n"                                                    \
                   "dls lr, %[threes]\n"                                                  \
                   "1: ldrd %[first], %[second], [%[places]], #8\n"                       \
                   "vldrb.8 q0, [%[first], #" low "]\n"                                   \
                   "vldrb.8 q1, [%[first], #" high "]\n"                                  \
                   "ldr %[first], [%[places]], #4\n"                                      \
                   "vldrb.8 q2, [%[second], #" low "]\n"                                  \
                   "vadd.i8 q0, q0, q2\n"                                                 \
                   "vldrb.8 q3, [%[second], #" high "]\n"                                 \
                   "vadd.i8 q1, q1, q3\n"                                                 \
                   "vldrb.8 q2, [%[first], #" low "]\n"                                   \
                   "vadd.i8 q0, q0, q2\n"                                                 \
                   "vldrb.8 q3, [%[first], #" high "]\n"                                  \
                   "vadd.i8 q1, q1, q3\n"                                                 \
                   "vadd.i8 q4, q4, q0\n"                                                 \
                   "vqrdmlah.s8 q5, q0, %[eight]\n"                                       \
                   "vadd.i8 q6, q6, q1\n"                                                 \
                   "vqrdmlah.s8 q7, q1, %[eight]\n"                                       \
                   "le lr, 1b\n"                                                          \
                   "vshl.i8 q0, q5, #4\n"                                                 \
                   "vsub.i8 q4, q4, q0\n"                                                 \
                   "vshl.i8 q1, q7, #4\n"                                                 \
                   "vsub.i8 q6, q6, q1\n"                                                 \
                   "vstrb.8 q4, [%[sums]]\n"                                              \
                   "vstrb.8 q6, [%[sums], #16]\n"                                         \
                   "vstrb.8 q5, [%[sums], #32]\n"                                         \
                   "vstrb.8 q7, [%[sums], #48]\n"                                         \
                   : [places] "+r"(places), [first] "=&r"(first), [second] "=&r"(second)  \
                   : [threes] "r"(n->threes), [eight] "r"(8), [sums] "r"(sums)             \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")
#endif

/* sums [TQ_MVE_BLOCK] of a filter with `threes` times three look-ups. */
static void walk(const tq_mve_narrow *n, int32_t block, const uint32_t *places, int8_t *sums) {
#if TQ_MVE
  uint32_t first, second;
  if (block == 0) {
    WALK("0", "16");
  } else {
    WALK("64", "80");
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) sums[i] = 0;
  for (int32_t k = 0; k < 3 * n->threes; k++) {
    const uint8_t *const entry = n->tables + places[k] + block * TQ_MVE_BLOCK;
    for (int32_t i = 0; i < 32; i++) {
      const int32_t both = (int8_t)entry[i], upper = (both + 8) >> 4;
      sums[i] = (int8_t)(sums[i] + both - 16 * upper);
      sums[i + 32] = (int8_t)(sums[i + 32] + upper);
    }
  }
#endif
}

void tq_mve_narrow_walk(const tq_mve_narrow *n, int32_t block) {
  const int32_t filters = n->store.layer->dims->filter.n;
  const uint32_t *places = n->places;
  int8_t *sums = (int8_t *)n->store.sums;

  for (int32_t f = 0; f < filters; f++, places += 3 * n->threes, sums += TQ_MVE_BLOCK) walk(n, block, places, sums);
}
