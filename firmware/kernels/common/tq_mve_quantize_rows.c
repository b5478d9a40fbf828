#include "tq_mve_quantize.h"

#include "tq_mve.h"
#include "tq_sliced_lookup.h"

#if TQ_MVE

/* What values of 8 or 16 channels must reach, and their flips, as bits; as vectors. */
typedef struct {
  int8x16_t least[TQ_QUANTIZE_LEVELS - 1];
  uint32x4_t flip, all;
} limits;

enum { ONE_CUT = 1, TWO_CUTS, FOUR_LEVELS };

/* Marks of 64 values, 16 a word: whether they reach limits, of four levels of the one in the middle, and then of
 * the first or the last one. */
#define MARK(one)                                                                                            \
  __asm__ volatile(one("0", "0") one("16", "4") one("32", "8") one("48", "12")                               \
                   :                                                                                         \
                   : [x] "r"(x), [marks] "r"(marks), [first] "w"(l->least[0]), [second] "w"(l->least[1]),    \
                     [third] "w"(l->least[2])                                                                \
                   : "q0", "q1", "memory")
#define MARK_ONE(at, to)                  \
  "vldrb.8 q0, [%[x], #" at "]\n"         \
  "vcmp.s8 ge, q0, %q[first]\n"           \
  "vstr P0, [%[marks], #" to "]\n"
#define MARK_TWO(at, to)                  \
  MARK_ONE(at, to)                        \
  "vcmp.s8 ge, q0, %q[second]\n"          \
  "vstr P0, [%[marks], #16 + " to "]\n"
#define MARK_LEVELS(at, to)               \
  "vldrb.8 q0, [%[x], #" at "]\n"         \
  "vcmp.s8 ge, q0, %q[second]\n"          \
  "vstr P0, [%[marks], #16 + " to "]\n"   \
  "vpsel q1, %q[third], %q[first]\n"      \
  "vcmp.s8 ge, q0, q1\n"                  \
  "vstr P0, [%[marks], #" to "]\n"

/* Their planes. */
TQ_SLICED_INLINE void find(const limits *l, int32_t how, const int8_t *x, uint32x4_t planes[2]) {
  uint32_t marks[8];
  uint32x4_t first, second;

  if (how == ONE_CUT) {
    MARK(MARK_ONE);
  } else if (how == TWO_CUTS) {
    MARK(MARK_TWO);
  } else {
    MARK(MARK_LEVELS);
  }
  first = veorq_u32(vldrwq_u32(marks), l->all);
  if (how == ONE_CUT) {
    planes[0] = planes[1] = veorq_u32(first, l->flip);
    return;
  }
  second = vldrwq_u32(marks + 4);
  if (how == TWO_CUTS) { /* see tq_quantize_planes */
    planes[0] = vorrq_u32(first, second);
    planes[1] = veorq_u32(first, vandq_u32(veorq_u32(first, second), l->flip));
  } else {
    planes[0] = veorq_u32(first, l->flip);
    planes[1] = veorq_u32(veorq_u32(second, l->all), l->flip);
  }
}

/* Words of two rows of 8 channels -> rows. */
TQ_SLICED_INLINE void store_bytes(int32_t levels, const uint32x4_t planes[2], uint32_t *to) {
  const uint32x4_t byte = vdupq_n_u32(255), even = vandq_u32(planes[0], byte), odd = vshrq_n_u32(planes[0], 8);

  if (levels == 2) {
    const uint32x4x2_t rows = {{even, odd}};
    vst2q_u32(to, rows);
  } else {
    const uint32x4x4_t rows = {{even, vandq_u32(planes[1], byte), odd, vshrq_n_u32(planes[1], 8)}};
    vst4q_u32(to, rows);
  }
}

/* Blocks of 64 values; levels, how and depth are constants. */
TQ_SLICED_INLINE void put(const limits *l, int32_t levels, int32_t how, int32_t depth, int32_t blocks, const int8_t *x,
                          uint32_t *to) {
  for (; blocks > 0; blocks--, x += 64, to += (levels > 2 ? 2 : 1) * (64 / depth)) {
    uint32x4_t planes[2];
    find(l, how, x, planes);
    if (levels == 3 && how == ONE_CUT) planes[0] = l->all;
    if (depth == 8) {
      store_bytes(levels, planes, to);
    } else if (levels == 2) {
      vstrwq_u32(to, planes[0]);
    } else {
      const uint32x4x2_t both = {{planes[0], planes[1]}};
      vst2q_u32(to, both);
    }
  }
}

TQ_SLICED_INLINE void put_levels(const limits *l, int32_t levels, int32_t one_cut, int32_t depth, int32_t blocks,
                                 const int8_t *x, uint32_t *to) {
  if (levels == 2) {
    put(l, 2, ONE_CUT, depth, blocks, x, to);
  } else if (levels == 4) {
    put(l, 4, FOUR_LEVELS, depth, blocks, x, to);
  } else if (one_cut) {
    put(l, 3, ONE_CUT, depth, blocks, x, to);
  } else {
    put(l, 3, TWO_CUTS, depth, blocks, x, to);
  }
}

/* The vector's first 8 bytes, twice, or as it is. */
static int8x16_t repeated(const int8_t *from, int32_t depth) {
  return vldrbq_gather_offset_s8(from, vandq_u8(vidupq_n_u8(0, 1), vdupq_n_u8((uint8_t)(depth - 1))));
}

int32_t tq_mve_quantize_rows(const tq_quantize_limits *than, int32_t levels, int32_t rows, int32_t depth,
                             const int8_t *input, int32_t *output) {
  const uint32_t all = (1u << depth % 32) - 1, twice = depth == 8 ? 0x0101u : 1;
  const int32_t blocks = rows * depth / 64;
  limits l = {.all = vdupq_n_u32(0xffffu), .flip = vdupq_n_u32(than->flip * twice)};
  uint32_t possible = all;

  if (depth != 8 && depth != 16) return 0;
  for (int32_t i = 0; i < levels - 1; i++) possible &= than->possible[i];
  if (possible != all) return 0;
  for (int32_t i = 0; i < levels - 1; i++) l.least[i] = repeated(than->least[i], depth);
  if (depth == 8) {
    put_levels(&l, levels, than->one_cut, 8, blocks, input, (uint32_t *)output);
  } else {
    put_levels(&l, levels, than->one_cut, 16, blocks, input, (uint32_t *)output);
  }
  return blocks * 64 / depth;
}

#else

int32_t tq_mve_quantize_rows(const tq_quantize_limits *than, int32_t levels, int32_t rows, int32_t depth,
                             const int8_t *input, int32_t *output) {
  (void)than, (void)levels, (void)rows, (void)depth, (void)input, (void)output;
  return 0;
}

#endif
