#include <string.h>

#include "../common/tq_bits.h"
#include "../common/tq_neon.h"
#include "../common/tq_quantize_planes.h"
#include "tinyq/tq_kernels_arm64.h"

#if TQ_NEON

enum { MOST_CUTS = TQ_QUANTIZE_LEVELS - 1 };

/* Of 32 channels, or fewer again and again: what values must reach to exceed a threshold, and their places in a byte;
 * no place where none do. */
typedef struct {
  int8x16_t least[MOST_CUTS][2];
  uint8x16_t place[MOST_CUTS][2];
  uint8x16_t flip, there;
} limits;

static inline uint8x16_t places(void) { return vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u)); }

/* Bytes of 16 channels, those of all thresholds of one beside each other. */
static inline void split(const int8_t *from, int32_t cuts, int8x16_t *to) {
  if (cuts == 1) {
    to[0] = vld1q_s8(from);
  } else if (cuts == 2) {
    const int8x16x2_t two = vld2q_s8(from);
    to[0] = two.val[0], to[1] = two.val[1];
  } else {
    const int8x16x3_t three = vld3q_s8(from);
    to[0] = three.val[0], to[1] = three.val[1], to[2] = three.val[2];
  }
}

/* Thresholds are saturated: INT8_MAX is that of what no value exceeds. */
static void set_limits(const int32_t *thresholds, int32_t cuts, limits *to) {
  int8_t least[MOST_CUTS * TQ_WORD_BITS], saturated[MOST_CUTS * TQ_WORD_BITS];
  int8x16_t above[MOST_CUTS] = {vdupq_n_s8(0)}, cut[MOST_CUTS] = {vdupq_n_s8(0)};

  for (int32_t i = 0; i < cuts * TQ_WORD_BITS; i += 8) {
    const int16x8_t t = vqmovn_high_s32(vqmovn_s32(vld1q_s32(thresholds + i)), vld1q_s32(thresholds + i + 4));
    vst1_s8(saturated + i, vqmovn_s16(t));
    vst1_s8(least + i, vqmovn_s16(vqaddq_s16(t, vdupq_n_s16(1))));
  }
  for (int32_t half = 0; half < 2; half++) {
    split(least + 16 * half * cuts, cuts, above);
    split(saturated + 16 * half * cuts, cuts, cut);
    for (int32_t i = 0; i < MOST_CUTS; i++) {
      to->least[i][half] = above[i];
      to->place[i][half] = vbicq_u8(places(), vceqq_s8(cut[i], vdupq_n_s8(INT8_MAX)));
    }
  }
}

static uint8x16_t flip_of(const int8_t *flip, int32_t channels) {
  int8_t flips[TQ_WORD_BITS];
  uint8x16_t marked[2];

  for (int32_t i = 0; i < TQ_WORD_BITS; i++) flips[i] = flip[i % channels];
  for (int32_t half = 0; half < 2; half++) {
    const int8x16_t x = vld1q_s8(flips + 16 * half);
    marked[half] = vandq_u8(vtstq_s8(x, x), places());
  }
  const uint8x16_t pairs = vpaddq_u8(marked[0], marked[1]), fours = vpaddq_u8(pairs, pairs);
  return vpaddq_u8(fours, fours);
}

/* Up to 32 channels from c on. */
static limits limits_of(const tq_quantize_a8_bits_params *params, int32_t c, int32_t channels) {
  const int32_t cuts = params->levels - 1, step = params->per_channel ? cuts : 0;
  const int32_t *const from = params->thresholds + c * step;
  int32_t thresholds[MOST_CUTS * TQ_WORD_BITS];
  limits made;

  for (int32_t k = 0; k < cuts; k++) {
    for (int32_t i = 0; i < TQ_WORD_BITS; i++) thresholds[i * cuts + k] = from[i % channels * step + k];
  }
  set_limits(thresholds, cuts, &made);
  made.flip = params->flip ? flip_of(params->flip + c, channels) : vdupq_n_u8(0);
  made.there = vreinterpretq_u8_u32(vdupq_n_u32(UINT32_MAX >> (TQ_WORD_BITS - channels)));
  return made;
}

/* Values of a block, in eights; where they exceed threshold i, in bits. */
TQ_INLINE uint8x16_t exceeded(const limits *than, int32_t i, const int8x16_t x[8]) {
  uint8x16_t pairs[4];

#pragma GCC unroll 4
  for (int32_t k = 0; k < 4; k++) {
    pairs[k] = vpaddq_u8(vandq_u8(vcgeq_s8(x[2 * k], than->least[i][0]), than->place[i][0]),
                         vandq_u8(vcgeq_s8(x[2 * k + 1], than->least[i][1]), than->place[i][1]));
  }
  return vpaddq_u8(vpaddq_u8(pairs[0], pairs[1]), vpaddq_u8(pairs[2], pairs[3]));
}

/* Planes of four times 32 values, `step` apart, as tq_quantize_planes has them. */
TQ_INLINE void codes_of(const int8_t *from, int32_t step, const limits *than, int32_t levels, uint8x16_t *planes) {
  int8x16_t x[8];

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++, from += step) x[2 * i] = vld1q_s8(from), x[2 * i + 1] = vld1q_s8(from + 16);
  const uint8x16_t first = exceeded(than, 0, x), flip = than->flip;
  if (levels == 2) {
    planes[0] = first ^ ~flip;
    return;
  }
  const uint8x16_t second = exceeded(than, 1, x);
  if (levels == 3) {
    planes[0] = ~first | second;
    planes[1] = vbslq_u8(flip, second, ~first);
  } else {
    planes[0] = ~(first ^ second ^ exceeded(than, 2, x) ^ flip);
    planes[1] = ~(second ^ flip);
  }
}

/* Words of four rows; the next row's are `step` words behind. */
TQ_INLINE void put_four(uint8x16_t bytes, int32_t step, int32_t *to) {
  const int32x4_t words = vreinterpretq_s32_u8(bytes);

  vst1q_lane_s32(to, words, 0);
  vst1q_lane_s32(to + step, words, 1);
  vst1q_lane_s32(to + 2 * step, words, 2);
  vst1q_lane_s32(to + 3 * step, words, 3);
}

/* Eight rows of 16 bits, of one plane or two. */
TQ_INLINE void put_halves(const uint16x8_t *halves, int32_t planes, int32_t *output) {
  uint32_t *const to = (uint32_t *)(void *)output;

#pragma GCC unroll 2
  for (int32_t i = 0; i < 2; i++) {
    uint32x4x2_t words;
#pragma GCC unroll 2
    for (int32_t m = 0; m < planes; m++) {
      words.val[m] = i ? vmovl_high_u16(halves[m]) : vmovl_u16(vget_low_u16(halves[m]));
    }
    if (planes == 1) {
      vst1q_u32(to + 4 * i, words.val[0]);
    } else {
      vst2q_u32(to + 8 * i, words);
    }
  }
}

/* Rows of a block: of so few channels that they follow each other, or words of them. */
static int32_t rows_of(int32_t depth) { return depth == 8 || depth == 16 ? 128 / depth : 4; }

/* `blocks` blocks of rows that are `step` apart, whose planes are `words` apart. */
typedef struct {
  int32_t depth, blocks, step, words;
  const int8_t *input;
  int32_t *output;
} run;

TQ_INLINE void put_blocks(const limits *limits_of_rows, int32_t levels, run r) {
  const limits than = *limits_of_rows;
  const int32_t planes = levels == 2 ? 1 : 2, rows = rows_of(r.depth), row = planes * r.words;
  const int32_t right = rows == 4 ? r.step : TQ_WORD_BITS, next = 4 * right, down = rows * row;

  for (; r.blocks > 0; r.blocks--, r.input += next, r.output += down) {
    uint8x16_t codes[2];
    uint16x8_t low[2], high[2];
    codes_of(r.input, right, &than, levels, codes);
    if (rows == 4) {
      put_four(codes[0] & than.there, row, r.output);
      if (planes > 1) put_four(codes[1] & than.there, row, r.output + r.words);
      continue;
    }
#pragma GCC unroll 2
    for (int32_t m = 0; m < planes; m++) {
      low[m] = rows == 16 ? vmovl_u8(vget_low_u8(codes[m])) : vreinterpretq_u16_u8(codes[m]);
      high[m] = vmovl_high_u8(codes[m]);
    }
    put_halves(low, planes, r.output);
    if (rows == 16) put_halves(high, planes, r.output + 8 * planes);
  }
}

static void put(const limits *than, int32_t levels, run r) {
  switch (levels) {
    case 2: put_blocks(than, 2, r); break;
    case 3: put_blocks(than, 3, r); break;
    default: put_blocks(than, 4, r);
  }
}

/* Up to 32 channels from c on of all rows. Those that are no block, or behind which more would be read than there is,
 * go through copies. */
static void put_word(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, int32_t c,
                     const int8_t *input, int32_t *output) {
  const int32_t depth = dims->depth, words = tq_bits_words(depth), planes = tq_bits_planes(params->levels);
  const int32_t rows = rows_of(depth), apart = rows == 4 ? TQ_WORD_BITS : depth; /* rows of a copy */
  const int32_t channels = depth - c < TQ_WORD_BITS ? depth - c : TQ_WORD_BITS;
  const int32_t behind = rows > 4 || c + TQ_WORD_BITS < depth ? 0 : c + TQ_WORD_BITS - depth;
  const int32_t room = dims->rows * depth - behind, whole = room < 0 ? 0 : room / (rows * depth);
  const limits than = limits_of(params, c, channels);
  const run all = {depth, whole, depth, words, input, output};

  put(&than, params->levels, all);
  for (int32_t row = whole * rows; row < dims->rows; row += rows) {
    const int32_t some = dims->rows - row < rows ? dims->rows - row : rows;
    int8_t copy[4 * TQ_WORD_BITS] = {0};
    int32_t codes[2 * 16];
    const run last = {depth, 1, TQ_WORD_BITS, 1, copy, codes};
    for (int32_t i = 0; i < some; i++) memcpy(copy + i * apart, input + (row + i) * depth, (size_t)channels);
    put(&than, params->levels, last);
    for (int32_t i = 0; i < some * planes; i++) output[(row * planes + i) * words] = codes[i];
  }
}

static int32_t put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                         int32_t *output) {
  if (params->levels > TQ_QUANTIZE_LEVELS) return 0;
  for (int32_t c = 0; c < dims->depth; c += TQ_WORD_BITS) {
    put_word(params, dims, c, input + c, output + c / TQ_WORD_BITS);
  }
  return 1;
}

#else

static int32_t put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                         int32_t *output) {
  (void)params, (void)dims, (void)input, (void)output;
  return 0;
}

#endif

void tq_quantize_a8_bits_neon(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                              int32_t *output) {
  if (!put_words(params, dims, input, output)) tq_quantize_a8_bits_ref(params, dims, input, output);
}
