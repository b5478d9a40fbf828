#include "tq_mve_ends.h"
#include "tq_mve_narrow.h"

#if TQ_MVE
/* low, high: where an entry's bytes for the block are. Sums: q4 are lanes 0 to 15, q6 the next ones, q5, q7. */
#define WALK(low, high, ends)                                                                    \
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
                   "vsub.i8 q6, q6, q1\n" ends                                           \
                   : [places] "+r"(places), [first] "=&r"(first), [second] "=&r"(second)  \
                   : [threes] "r"(threes), [eight] "r"(8), [sums] "r"(sums), [start] "r"(n->store.more) \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")
#define BYTES                                                                              \
  "vstrb.8 q4, [%[sums]]\n"                                                                \
  "vstrb.8 q6, [%[sums], #16]\n"                                                           \
  "vstrb.8 q5, [%[sums], #32]\n"                                                           \
  "vstrb.8 q7, [%[sums], #48]\n"
#define ALL(how) how("q4", "0", "16") how("q6", "32", "48") how("q5", "64", "80") how("q7", "96", "112")
#define WALK_BLOCK(ends)       \
  if (block == 0) {             \
    WALK("0", "16", ends);     \
  } else {                      \
    WALK("64", "80", ends);    \
  }
#endif

#if !TQ_MVE
static void sum_up(const tq_mve_narrow *n, int32_t block, const uint32_t *places, int32_t threes, int8_t *bytes) {
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) bytes[i] = 0;
  for (int32_t k = 0; k < 3 * threes; k++) {
    const uint8_t *const entry = n->tables + places[k] + block * TQ_MVE_BLOCK;
    for (int32_t i = 0; i < 32; i++) {
      const int32_t both = (int8_t)entry[i], upper = (both + 8) >> 4;
      bytes[i] = (int8_t)(bytes[i] + both - 16 * upper);
      bytes[i + 32] = (int8_t)(bytes[i + 32] + upper);
    }
  }
}
#endif

static void walk_bytes(const tq_mve_narrow *n, int32_t block) {
  const int32_t filters = n->store.layer->dims->filter.n, threes = n->sizes.threes;
  const uint32_t *places = n->places;
  int8_t *sums = (int8_t *)n->store.sums;

  for (int32_t f = 0; f < filters; f++, sums += TQ_MVE_BLOCK) {
#if TQ_MVE
    uint32_t first, second;
    WALK_BLOCK(BYTES);
#else
    sum_up(n, block, places, threes, sums);
    places += 3 * threes;
#endif
  }
}

/* sums [TQ_MVE_BLOCK] of some look-ups, behind which the next ones' places are. */
static const uint32_t *walk_part(const tq_mve_narrow *n, int32_t block, const uint32_t *places, int32_t threes,
                                 int32_t begin, int16_t *sums) {
#if TQ_MVE
  uint32_t first, second;
  if (begin) {
    WALK_BLOCK(ALL(TQ_MVE_BEGIN_LANES));
  } else {
    WALK_BLOCK(ALL(TQ_MVE_ADD_LANES));
  }
  return places;
#else
  int8_t bytes[TQ_MVE_BLOCK];
  sum_up(n, block, places, threes, bytes);
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    int16_t *const sum = sums + TQ_MVE_PLACE(i);
    *sum = (int16_t)((begin ? n->store.more : *sum) + bytes[i]);
  }
  return places + 3 * threes;
#endif
}

static void walk_sums(const tq_mve_narrow *n, int32_t block) {
  const int32_t filters = n->store.layer->dims->filter.n, threes = n->sizes.threes;
  const uint32_t *places = n->places;
  int16_t *sums = n->store.sums;

  for (int32_t f = 0; f < filters; f++, sums += TQ_MVE_BLOCK) {
    for (int32_t left = threes; left > 0; left -= TQ_MVE_THREES) {
      places = walk_part(n, block, places, left < TQ_MVE_THREES ? left : TQ_MVE_THREES, left == threes, sums);
    }
  }
}

void tq_mve_narrow_walk(const tq_mve_narrow *n, int32_t block) { (n->sizes.bytes ? walk_bytes : walk_sums)(n, block); }
