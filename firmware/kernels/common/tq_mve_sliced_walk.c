#include "tinyq/tq_used.h"
#include "tq_mve.h"
#include "tq_mve_ends.h"
#include "tq_mve_sliced.h"

#if TQ_MVE

/* A nibble is the byte's upper half, and so the place of its entry; `from`: of the word's even or odd nibbles. A table's
 * halves are 256 bytes apart, and so are neighbouring tables: four places of 508 bytes around `table`. */
#define FIRST(from, turn, low, high)                           \
  "uxtab %[at], %[table], %[" from "]" turn "\n"               \
  "vldrw.32 q0, [%[at], #" low "]\n"                           \
  "vldrw.32 q1, [%[at], #" high "]\n"
#define NEXT(from, turn, low, high)                            \
  "uxtab %[at], %[table], %[" from "]" turn "\n"               \
  "vldrw.32 q2, [%[at], #" low "]\n"                           \
  "vadd.i8 q0, q0, q2\n"                                       \
  "vldrw.32 q3, [%[at], #" high "]\n"                          \
  "vadd.i8 q1, q1, q3\n"
#define MOVE "add %[table], %[table], #1024\n"
#define TAKE                              \
  "vadd.i8 q4, q4, q0\n"                  \
  "vqrdmlah.s8 q5, q0, %[eight]\n"        \
  "vadd.i8 q6, q6, q1\n"                  \
  "vqrdmlah.s8 q7, q1, %[eight]\n"
#define A "-508", "-252"
#define B "4", "260"
#define STEP(kind, from, turn, place) STEP_(kind, from, turn, place)
#define STEP_(kind, from, turn, low, high) kind(from, turn, low, high)

/* Sums of a filter: q4 and q5 are lanes 0 to 15 and 16 to 31, q6 and q7 the others. */
#define SUM                                     \
  "vmov.i32 q4, #0\n"                           \
  "vmov.i32 q5, #0\n"                           \
  "vmov.i32 q6, #0\n"                           \
  "vmov.i32 q7, #0\n"                           \
  "dls lr, %[words]\n"                          \
  "1: ldr %[odd], [%[nibbles]], #4\n"           \
  "and %[even], %[mask], %[odd], lsl #4\n"      \
  "and %[odd], %[mask], %[odd]\n"               \
  STEP(FIRST, "even", "", A)                    \
  STEP(NEXT, "odd", "", B)                      \
  MOVE                                          \
  STEP(NEXT, "even", ", ror #8", A)             \
  TAKE                                          \
  STEP(FIRST, "odd", ", ror #8", B)             \
  MOVE                                          \
  STEP(NEXT, "even", ", ror #16", A)            \
  STEP(NEXT, "odd", ", ror #16", B)             \
  TAKE                                          \
  MOVE                                          \
  STEP(FIRST, "even", ", ror #24", A)           \
  STEP(NEXT, "odd", ", ror #24", B)             \
  MOVE                                          \
  TAKE                                          \
  "le lr, 1b\n"                                 \
  "vshl.i8 q0, q5, #4\n"                        \
  "vsub.i8 q4, q4, q0\n"                        \
  "vshl.i8 q1, q7, #4\n"                        \
  "vsub.i8 q6, q6, q1\n"
#define BYTES                                   \
  "vstrb.8 q4, [%[sums]]\n"                     \
  "vstrb.8 q5, [%[sums], #16]\n"                \
  "vstrb.8 q6, [%[sums], #32]\n"                \
  "vstrb.8 q7, [%[sums], #48]\n"
#define ALL(how) how("q4", "0", "16") how("q5", "32", "48") how("q6", "64", "80") how("q7", "96", "112")
#define WALK(store)                                                                                            \
  __asm__ volatile(SUM store                                                                                   \
                   : [table] "+r"(table), [nibbles] "+r"(nibbles), [at] "=&r"(at), [even] "=&r"(even),         \
                     [odd] "=&r"(odd)                                                                          \
                   : [words] "r"(walk->words), [mask] "r"(0xf0f0f0f0u), [eight] "r"(8), [sums] "r"(sums),      \
                     [start] "r"(walk->start)                                                                  \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")

void tq_mve_sliced_walk(const tq_mve_walk *walk, void *to) {
  int16_t *sums = to;
  int8_t *bytes = to;

  for (int32_t f = 0; f < walk->filters; f++, sums += TQ_MVE_BLOCK, bytes += TQ_MVE_BLOCK) {
    const uint8_t *table = walk->tables + 508, *at;
    const uint32_t *nibbles = walk->nibbles + f * walk->apart;
    uint32_t even, odd;
    if (walk->how == TQ_MVE_ADD) {
      WALK(ALL(TQ_MVE_ADD_LANES));
    } else if (TQ_USED_MVE_PLANES && walk->how == TQ_MVE_ADD_TWICE) {
      WALK(ALL(TQ_MVE_ADD_LANES_TWICE));
    } else if (TQ_USED_MVE_PLANES && walk->how == TQ_MVE_ADD_4_TIMES) {
      WALK(ALL(TQ_MVE_ADD_LANES_4_TIMES));
    } else if (walk->how == TQ_MVE_BEGIN) {
      WALK(ALL(TQ_MVE_BEGIN_LANES));
    } else {
      int8_t *const sums = bytes;
      WALK(BYTES);
    }
  }
}

#else

static void sum_of(const tq_mve_walk *walk, const uint32_t *nibbles, int8_t *sums) {
  const uint8_t *tables = walk->tables;

  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) sums[i] = 0;
  for (int32_t k = 0; k < 8 * walk->words; k++, tables += TQ_MVE_TABLE) {
    const int32_t nibble = (int32_t)(nibbles[k / 8] >> 4 * (k % 8) & 15);
    for (int32_t i = 0; i < 32; i++) {
      const int32_t both = (int8_t)tables[i / 16 * 256 + 16 * nibble + i % 16];
      const int32_t upper = (both + 8) >> 4;
      int8_t *const sum = sums + i / 16 * 32 + i % 16;
      sum[0] = (int8_t)(sum[0] + both - 16 * upper);
      sum[16] = (int8_t)(sum[16] + upper);
    }
  }
}

void tq_mve_sliced_walk(const tq_mve_walk *walk, void *to) {
  for (int32_t f = 0; f < walk->filters; f++) {
    int8_t bytes[TQ_MVE_BLOCK];
    int16_t *const sums = (int16_t *)to + f * TQ_MVE_BLOCK;
    sum_of(walk, walk->nibbles + f * walk->apart, bytes);
    if (walk->how == TQ_MVE_BYTES) {
      memcpy((int8_t *)to + f * TQ_MVE_BLOCK, bytes, TQ_MVE_BLOCK);
      continue;
    }
    for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
      int16_t *const sum = sums + TQ_MVE_PLACE(i);
      *sum = (int16_t)(walk->how == TQ_MVE_BEGIN ? walk->start + bytes[i] : *sum + bytes[i] * (1 << (walk->how - TQ_MVE_ADD)));
    }
  }
}

#endif
