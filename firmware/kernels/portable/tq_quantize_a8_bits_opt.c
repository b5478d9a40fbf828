#include <string.h>

#include "../common/tq_bits.h"
#include "../common/tq_quantize_limits.h"
#include "tinyq/tq_kernels_bits.h"

#define SIGNS 0x80808080u
#define LOW 0x00ff00ffu
#define CARRY 0x01000100u

/* Four neighbouring channels, of all rows. room: what is left below the carry of the even ones, and of the odd ones,
 * for each threshold; possible: where a value may reach it at all. Strides are of words. */
typedef struct {
  uint32_t room[TQ_QUANTIZE_LEVELS - 1][2], possible[TQ_QUANTIZE_LEVELS - 1], flip;
  int32_t first, rows, depth, row, plane;
} four_channels;

/* Four int8, as unsigned bytes of the same order. */
static inline uint32_t load_four(const int8_t *x) {
  uint32_t four;
  memcpy(&four, __builtin_assume_aligned(x, 4), sizeof four);
  return four ^ SIGNS;
}

/* Bit i: whether byte i is that large. */
static inline uint32_t reached(uint32_t four, const uint32_t *room) {
  const uint32_t even = (four & LOW) + room[0], odd = (four >> 8 & LOW) + room[1];
  const uint32_t pairs = (even & CARRY) >> 8 | (odd & CARRY) >> 7;

  return pairs | pairs >> 14;
}

static inline void put_four(const four_channels *of, int32_t levels, const int8_t *x, int32_t *to) {
  for (int32_t row = of->rows; row > 0; row--, x += of->depth, to += of->row) {
    const uint32_t four = load_four(x);
    uint32_t above[TQ_QUANTIZE_LEVELS - 1], codes[2];
    for (int32_t i = 0; i < levels - 1; i++) above[i] = reached(four, of->room[i]) & of->possible[i];
    tq_quantize_planes(above, levels, of->flip, codes);
    for (int32_t m = 0; m < tq_bits_planes(levels); m++) {
      const uint32_t four_codes = (codes[m] & 15) << of->first;
      int32_t *const word = to + m * of->plane;
      *word = of->first ? (int32_t)((uint32_t)*word | four_codes) : (int32_t)four_codes;
    }
  }
}

/* Up to 32 channels of all rows, in whole fours that lie in whole words. */
static void put_fours(const tq_quantize_limits *than, int32_t levels, const tq_rows_dims *dims, const int8_t *x,
                      int32_t *to) {
  const int32_t words = tq_bits_words(dims->depth);
  four_channels of = {.rows = dims->rows, .depth = dims->depth, .row = tq_bits_planes(levels) * words, .plane = words};

  for (of.first = 0; of.first < than->channels; of.first += 4, x += 4) {
    of.flip = than->flip >> of.first;
    for (int32_t i = 0; i < levels - 1; i++) {
      const uint32_t least = load_four(than->least[i] + of.first); /* a struct of words begins with them */
      of.room[i][0] = CARRY - (least & LOW);
      of.room[i][1] = CARRY - (least >> 8 & LOW);
      of.possible[i] = than->possible[i] >> of.first & 15;
    }
    if (levels == 2) {
      put_four(&of, 2, x, to);
    } else if (levels == 3) {
      put_four(&of, 3, x, to);
    } else {
      put_four(&of, 4, x, to);
    }
  }
}

/* Bit i: whether value i exceeds its threshold; `end` is the bit behind the last one, 0 after 32 of them. */
static uint32_t exceeded(const int8_t *x, const int32_t *thresholds, int32_t step, uint32_t end) {
  uint32_t word = 0, bit = 1;

  do {
    if (*x++ > *thresholds) word |= bit;
    thresholds += step;
    bit <<= 1;
  } while (bit != end);
  return word;
}

/* Up to 32 channels from c on, of all rows. */
static void put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, int32_t c,
                      const int8_t *input, int32_t *output) {
  const int32_t levels = params->levels, cuts = levels - 1, words = tq_bits_words(dims->depth);
  const int32_t *const thresholds = params->thresholds + (params->per_channel ? c * cuts : 0);
  const int32_t step = params->per_channel ? cuts : 0, left = dims->depth - c;
  const uint32_t end = left < TQ_WORD_BITS ? 1u << left : 0;
  const uint32_t flip = tq_quantize_flip_of(params, c, left < TQ_WORD_BITS ? left : TQ_WORD_BITS);
  const int32_t count = tq_bits_planes(levels);

  for (int32_t row = 0; row < dims->rows; row++) {
    const int8_t *const x = input + row * dims->depth + c;
    int32_t *const to = output + row * count * words + c / TQ_WORD_BITS;
    uint32_t above[TQ_QUANTIZE_LEVELS - 1] = {0}, planes[2];
    for (int32_t i = 0; i < cuts; i++) above[i] = exceeded(x, thresholds + i, step, end);
    tq_quantize_planes(above, levels, flip, planes);
    for (int32_t m = 0; m < count; m++) to[m * words] = (int32_t)(planes[m] & (end - 1));
  }
}

void tq_quantize_a8_bits_opt(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  if (params->levels > TQ_QUANTIZE_LEVELS) {
    tq_quantize_a8_bits_ref(params, dims, input, output);
    return;
  }
  for (int32_t c = 0; c < dims->depth; c += TQ_WORD_BITS) {
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && ((uintptr_t)input | (uintptr_t)dims->depth) % 4 == 0) {
      const tq_quantize_limits than = tq_quantize_limits_of(params, dims->depth, c);
      put_fours(&than, params->levels, dims, input + c, output + c / TQ_WORD_BITS);
    } else {
      put_words(params, dims, c, input, output);
    }
  }
}
