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
  uint32_t flip, there;
} limits;

static inline uint8x16_t places(void) { return vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u)); }

/* A word of each four bytes of places; it is there twice or four times if arguments are the same. */
static inline uint32x4_t words_of(uint8x16_t first, uint8x16_t second, uint8x16_t third, uint8x16_t fourth) {
  return vreinterpretq_u32_u8(vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth)));
}

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

static uint32_t flip_of(const int8_t *flip, int32_t channels) {
  int8_t flips[TQ_WORD_BITS];
  uint8x16_t marked[2];

  for (int32_t i = 0; i < TQ_WORD_BITS; i++) flips[i] = flip[i % channels];
  for (int32_t half = 0; half < 2; half++) {
    const int8x16_t x = vld1q_s8(flips + 16 * half);
    marked[half] = vandq_u8(vtstq_s8(x, x), places());
  }
  const uint8x16_t pairs = vpaddq_u8(marked[0], marked[1]);
  return vgetq_lane_u32(words_of(pairs, pairs, pairs, pairs), 0);
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
  made.flip = params->flip ? flip_of(params->flip + c, channels) : 0;
  made.there = UINT32_MAX >> (TQ_WORD_BITS - channels);
  return made;
}

/* Bits of 32 values in pairs of places. */
static inline uint8x16_t exceeded(const limits *than, int32_t i, int8x16_t low, int8x16_t high) {
  return vpaddq_u8(vandq_u8(vcgeq_s8(low, than->least[i][0]), than->place[i][0]),
                   vandq_u8(vcgeq_s8(high, than->least[i][1]), than->place[i][1]));
}

TQ_INLINE void codes_of(const int8_t *x, const limits *than, int32_t levels, uint32_t *codes) {
  const int8x16_t low = vld1q_s8(x), high = vld1q_s8(x + 16);
  const uint8x16_t first = exceeded(than, 0, low, high);
  const uint8x16_t second = levels > 2 ? exceeded(than, 1, low, high) : first;
  const uint8x16_t third = levels > 3 ? exceeded(than, 2, low, high) : first;
  const uint32x4_t words = words_of(first, second, third, levels > 3 ? third : second);
  const uint32_t above[] = {vgetq_lane_u32(words, 0), vgetq_lane_u32(words, 1), vgetq_lane_u32(words, 2)};
  tq_quantize_planes(above, levels, than->flip, codes);
}

/* Rows of eight channels, four of them at once; returns how many are done. */
TQ_INLINE int32_t put_fours(const limits *limits_of_rows, int32_t levels, int32_t rows, const int8_t *input,
                            uint32_t *output) {
  const limits than = *limits_of_rows;
  int32_t row = 0;

  for (; row + 4 <= rows; row += 4, input += 32) {
    uint32_t codes[2];
    uint32x4x2_t words;
    codes_of(input, &than, levels, codes);
    words.val[0] = vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(codes[0]))));
    if (levels == 2) {
      vst1q_u32(output + row, words.val[0]);
    } else {
      words.val[1] = vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(codes[1]))));
      vst2q_u32(output + 2 * row, words);
    }
  }
  return row;
}

/* Up to 32 channels of all rows, whose planes are `words` apart; rows at the end of the input are copied, because
 * 32 values are read. */
TQ_INLINE void put_rows(const limits *limits_of_rows, int32_t levels, const tq_rows_dims *dims, int32_t c,
                        const int8_t *input, int32_t *output) {
  const limits than = *limits_of_rows;
  const int32_t depth = dims->depth, words = tq_bits_words(depth), planes = tq_bits_planes(levels);
  const int32_t channels = depth - c < TQ_WORD_BITS ? depth - c : TQ_WORD_BITS;
  const int32_t done = depth == 8 ? put_fours(&than, levels, dims->rows, input, (uint32_t *)(void *)output) : 0;
  int32_t left = (dims->rows - done) * depth - c;

  input += done * depth;
  output += done * planes * words;
  for (; left > 0; left -= depth, input += depth, output += planes * words) {
    int8_t row[TQ_WORD_BITS];
    const int8_t *x = input;
    uint32_t codes[2];
    if (left < TQ_WORD_BITS) x = memcpy(row, x, (size_t)channels);
    codes_of(x, &than, levels, codes);
    output[0] = (int32_t)(codes[0] & than.there);
    if (planes > 1) output[words] = (int32_t)(codes[1] & than.there);
  }
}

static void put_word(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, int32_t c,
                     const int8_t *input, int32_t *output) {
  const limits than = limits_of(params, c, dims->depth - c < TQ_WORD_BITS ? dims->depth - c : TQ_WORD_BITS);

  if (params->levels == 2) {
    put_rows(&than, 2, dims, c, input + c, output + c / TQ_WORD_BITS);
  } else if (params->levels == 3) {
    put_rows(&than, 3, dims, c, input + c, output + c / TQ_WORD_BITS);
  } else {
    put_rows(&than, 4, dims, c, input + c, output + c / TQ_WORD_BITS);
  }
}

static int32_t put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                         int32_t *output) {
  if (params->levels > TQ_QUANTIZE_LEVELS) return 0;
  for (int32_t c = 0; c < dims->depth; c += TQ_WORD_BITS) put_word(params, dims, c, input, output);
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
