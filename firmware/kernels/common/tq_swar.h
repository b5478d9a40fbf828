/* int8 activations by ternary or binary weights, for cores without SIMD instructions: two 16-bit sums in a word.
 *
 * A word x0 + 2^16 * x1, of two neighbouring output positions, is added as one number; a negative low lane borrows
 * from the high one, which is mended when the sums are parted. Lanes have room for 255 taps, as |x| <= 128.
 *
 * Codes lie in 16-bit units (tinyq/core/arrange_swar.py). Of ternary ones 3 fields, bits 0..4, 5..9, 11..15, of three
 * taps each: 9 * (a + 1) + 3 * (b + 1) + c + 1. Of binary ones 4 fields of 4 bits, of a tap each; 1 means -1.
 * Behind a filter's last tap codes are 0, or 1, and inputs are 0. */
#ifndef TQ_SWAR_H
#define TQ_SWAR_H

#include "tinyq/tq_types.h"
#include "tinyq/tq_used.h"
#include "tq_outputs.h"
#include "tq_requantize.h"

enum {
  TQ_SWAR_TILE = 8,     /* positions at a time, of four words */
  TQ_SWAR_WORDS = 4,
  TQ_SWAR_TAPS = 255,   /* that lanes have room for */
  TQ_SWAR_SCRATCH = 8192
};

#if defined(__thumb__)
#define TQ_SWAR_THUMB 1
#else
#define TQ_SWAR_THUMB 0
#endif

static inline int tq_swar_ternary(int ternary) { return TQ_TAKES(TQ_USED_SWAR_TERNARY, TQ_USED_SWAR_BINARY, ternary); }

/* Taps of a unit, and of a field; sums of a table. */
static inline int32_t tq_swar_unit_taps(int ternary) { return ternary ? 9 : 16; }
static inline int32_t tq_swar_fields(int ternary) { return ternary ? 3 : 4; }
static inline int32_t tq_swar_entries(int ternary) { return ternary ? 27 : 16; }
static inline int32_t tq_swar_units(int32_t taps, int ternary) { return ternary ? (taps + 8) / 9 : (taps + 15) / 16; }

/* Field i of a unit. */
static inline uint32_t tq_swar_field(uint32_t unit, int32_t i, int ternary) {
  if (!ternary) return unit >> 4 * i & 15u;
  return i == 2 ? unit >> 11 : unit >> 5 * i & 31u;
}

static inline uint32_t tq_swar_word(int32_t x0, int32_t x1) { return (uint32_t)x0 + ((uint32_t)x1 << 16); }

/* The two sums of a word. */
static inline int32_t tq_swar_low(uint32_t word) { return (int16_t)(uint16_t)word; }
static inline int32_t tq_swar_high(uint32_t word) { return (int32_t)(word - (uint32_t)tq_swar_low(word)) >> 16; }

/* Lanes of `words` words -> sums, two of each: instead of, or in addition to, what is there. */
void tq_swar_part(const uint32_t *lanes, int32_t words, int first, int32_t *sums);

/* What scales a channel's sums in the quick form, in the order in which it is taken; low, high: halves of the
 * multiplier, addend: for rounding, and the zero point. Quick: |sum * level + bias| < 2^30, and the shift goes to the
 * right, by 22 at most. TFLite takes 1 from what is negative and then rounds: here the sum's sign says so, which makes
 * no difference where it has come to 0. */
typedef struct {
  int32_t level, bias, low, high, addend, shift, min, max;
} tq_swar_scale;

/* What a channel's sums of x * code are multiplied with; int8 weights have no levels. */
static inline int32_t tq_swar_level(const tq_scaling *scaling, int32_t channel) {
  return scaling->levels ? scaling->levels[channel] : 1;
}

/* Whether channels [begin, end), of sums over `taps` taps, all have the quick form. */
int tq_swar_is_quick(const tq_scaling *scaling, int32_t taps, int32_t begin, int32_t end);

void tq_swar_set_scale(const tq_scaling *scaling, int32_t channel, tq_swar_scale *scale);

static inline int8_t tq_swar_output_of(const tq_swar_scale *scale, int32_t sum) {
  const int32_t whole = sum * scale->level + scale->bias;
  const int32_t high = tq_rounding_high_mul_30(whole, scale->high * 65536 + scale->low);
  return (int8_t)tq_clamp((high + scale->addend + (whole >> 31)) >> scale->shift, scale->min, scale->max);
}

/* Lanes, or sums, -> outputs of a channel at `count` positions, `step` bytes apart. */
void tq_swar_quick(const tq_swar_scale *scale, const uint32_t *lanes, int32_t count, int8_t *output, int32_t step);

void tq_swar_quick_sums(const tq_swar_scale *scale, const int32_t *sums, int32_t count, int8_t *output, int32_t step);

/* The same in any form: sums of x * code. The bias is not NULL, and has the zero point's part. */
void tq_swar_outputs(const tq_scaling *scaling, int32_t channel, const int32_t *sums, int32_t count, int8_t *output,
                     int32_t step);

#endif
