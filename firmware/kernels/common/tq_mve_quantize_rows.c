#include "tq_mve_quantize.h"

#include "tq_mve.h"
#include "tq_mve_flips.h"
#include "tq_quantize_planes.h"
#include "tq_sliced_lookup.h"

#if TQ_MVE

/* What sixteen values, of one row or of two, must reach, and their flips, as bits. */
typedef struct {
  int8x16_t least[TQ_QUANTIZE_LEVELS - 1];
  uint32x4_t flip;
  int32_t one_cut; /* all thresholds of a channel are one */
  int32_t largest; /* threshold */
} limits;

enum { ONE_CUT = 1, TWO_CUTS, FOUR_LEVELS };

static limits limits_of(const tq_quantize_a8_bits_params *params, int32_t depth) {
  const int32_t cuts = params->levels - 1;
  int32x4_t largest = vdupq_n_s32(INT32_MIN);
  mve_pred16_t differ = 0;
  int8_t least[TQ_QUANTIZE_LEVELS - 1][16];
  limits l;

  for (uint32_t lane = 0; lane < 16; lane += 4) {
    const uint32x4_t channels = vandq_u32(vidupq_n_u32(lane, 1), vdupq_n_u32((uint32_t)(depth - 1)));
    const uint32x4_t places = vmulq_n_u32(channels, (uint32_t)(params->per_channel ? cuts : 0));
    const int32x4_t first = vldrwq_gather_shifted_offset_s32(params->thresholds, places);
    for (int32_t i = 0; i < cuts; i++) {
      const int32x4_t threshold = vldrwq_gather_shifted_offset_s32(params->thresholds + i, places);
      const int32x4_t next = vqaddq_n_s32(threshold, 1);
      largest = vmaxq_s32(largest, threshold);
      differ |= vcmpneq_s32(threshold, first);
      vstrbq_s32(least[i] + lane, vminq_s32(vmaxq_s32(next, vdupq_n_s32(INT8_MIN)), vdupq_n_s32(INT8_MAX)));
    }
  }
  for (int32_t i = 0; i < TQ_QUANTIZE_LEVELS - 1; i++) l.least[i] = vldrbq_s8(least[i < cuts ? i : 0]);
  l.flip = vdupq_n_u32(tq_mve_flips(params->flip, depth) * (depth == 8 ? 0x0101u : 1u));
  l.one_cut = differ == 0;
  l.largest = vmaxvq_s32(INT32_MIN, largest);
  return l;
}

/* Marks of 64 values, 16 a word: whether they are below limits; of two also whether they reach the second one; of
 * four levels below the one in the middle, and then below the first or the last one. */
#define MARK(one)                                                                                            \
  __asm__ volatile(one("0", "0") one("16", "4") one("32", "8") one("48", "12")                               \
                   :                                                                                         \
                   : [x] "r"(x), [marks] "r"(marks), [first] "w"(l->least[0]), [second] "w"(l->least[1]),    \
                     [third] "w"(l->least[2])                                                                \
                   : "q0", "q1", "memory")
/* P0 in capitals: gcc's assembler knows no other. */
#define MARK_ONE(at, to)                  \
  "vldrb.8 q0, [%[x], #" at "]\n"         \
  "vcmp.s8 lt, q0, %q[first]\n"           \
  "vstr P0, [%[marks], #" to "]\n"
#define MARK_TWO(at, to)                  \
  MARK_ONE(at, to)                        \
  "vcmp.s8 ge, q0, %q[second]\n"          \
  "vstr P0, [%[marks], #16 + " to "]\n"
#define MARK_LEVELS(at, to)               \
  "vldrb.8 q0, [%[x], #" at "]\n"         \
  "vcmp.s8 lt, q0, %q[second]\n"          \
  "vstr P0, [%[marks], #16 + " to "]\n"   \
  "vpsel q1, %q[first], %q[third]\n"      \
  "vcmp.s8 lt, q0, q1\n"                  \
  "vstr P0, [%[marks], #" to "]\n"

/* Their planes; see tq_quantize_planes. */
TQ_SLICED_INLINE void find(const limits *l, int32_t how, const int8_t *x, uint32x4_t planes[2]) {
  uint32_t marks[8];
  uint32x4_t first, second;

  if (how == ONE_CUT) {
    MARK(MARK_ONE);
    planes[0] = planes[1] = veorq_u32(vldrwq_u32(marks), l->flip);
    return;
  }
  if (how == TWO_CUTS) {
    MARK(MARK_TWO);
  } else {
    MARK(MARK_LEVELS);
  }
  first = vldrwq_u32(marks);
  second = vldrwq_u32(marks + 4);
  if (how == TWO_CUTS) {
    planes[0] = vorrq_u32(first, second);
    planes[1] = veorq_u32(first, vandq_u32(veorq_u32(first, second), l->flip));
  } else {
    planes[0] = veorq_u32(first, l->flip);
    planes[1] = veorq_u32(second, l->flip);
  }
}

/* Words of two rows of 8 channels -> rows. */
TQ_SLICED_INLINE void store_bytes(int32_t levels, const uint32x4_t planes[2], uint32_t *to) {
  const uint32x4_t byte = vdupq_n_u32(255);

  if (levels == 2) {
    __asm__ volatile("vand q0, %q[first], %q[byte]\n"
                     "vshr.u32 q1, %q[first], #8\n"
                     "vst20.32 {q0, q1}, [%[to]]\n"
                     "vst21.32 {q0, q1}, [%[to]]\n"
                     :
                     : [to] "r"(to), [first] "w"(planes[0]), [byte] "w"(byte)
                     : "q0", "q1", "memory");
  } else {
    __asm__ volatile("vand q0, %q[first], %q[byte]\n"
                     "vshr.u32 q2, %q[first], #8\n"
                     "vand q1, %q[second], %q[byte]\n"
                     "vshr.u32 q3, %q[second], #8\n"
                     "vst40.32 {q0, q1, q2, q3}, [%[to]]\n"
                     "vst41.32 {q0, q1, q2, q3}, [%[to]]\n"
                     "vst42.32 {q0, q1, q2, q3}, [%[to]]\n"
                     "vst43.32 {q0, q1, q2, q3}, [%[to]]\n"
                     :
                     : [to] "r"(to), [first] "w"(planes[0]), [second] "w"(planes[1]), [byte] "w"(byte)
                     : "q0", "q1", "q2", "q3", "memory");
  }
}

/* Blocks of 64 values; levels, how and depth are constants. */
TQ_SLICED_INLINE void put(const limits *l, int32_t levels, int32_t how, int32_t depth, int32_t blocks, const int8_t *x,
                          uint32_t *to) {
  for (; blocks > 0; blocks--, x += 64, to += (levels > 2 ? 2 : 1) * (64 / depth)) {
    uint32x4_t planes[2];
    find(l, how, x, planes);
    if (levels == 3 && how == ONE_CUT) planes[0] = vdupq_n_u32(0xffffu);
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

TQ_SLICED_INLINE void put_levels(const limits *l, int32_t levels, int32_t depth, int32_t blocks, const int8_t *x,
                                 uint32_t *to) {
  if (levels == 2) {
    put(l, 2, ONE_CUT, depth, blocks, x, to);
  } else if (levels == 4) {
    put(l, 4, FOUR_LEVELS, depth, blocks, x, to);
  } else if (l->one_cut) {
    put(l, 3, ONE_CUT, depth, blocks, x, to);
  } else {
    put(l, 3, TWO_CUTS, depth, blocks, x, to);
  }
}

int32_t tq_mve_quantize_rows(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                             int32_t *output) {
  const int32_t depth = dims->depth, blocks = dims->rows * depth / 64;
  limits l;

  if (depth != 8 && depth != 16) return 0;
  l = limits_of(params, depth);
  if (l.largest >= INT8_MAX) return 0;
  if (depth == 8) {
    put_levels(&l, params->levels, 8, blocks, input, (uint32_t *)output);
  } else {
    put_levels(&l, params->levels, 16, blocks, input, (uint32_t *)output);
  }
  return blocks * 64 / depth;
}

#else

int32_t tq_mve_quantize_rows(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                             int32_t *output) {
  (void)params, (void)dims, (void)input, (void)output;
  return 0;
}

#endif
