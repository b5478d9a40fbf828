/* Weights of 2 to 4 bits: a code is the place of its weight in a table of int8 values, one table a channel.
 * The format is that of tinyq/core/packing.py: code i is bits `bits` * i and the following, lowest first. */
#ifndef TQ_FEW_BITS_H
#define TQ_FEW_BITS_H

#include "tinyq/tq_types.h"

/* What tq_table_weight_at is given: a weight's channel is its number / run % channels. */
typedef struct {
  const uint8_t *packed;
  const int8_t *levels, *tables;
  int32_t bits, run, channels;
} tq_table_weights;

/* The operators as their formulas have them. */
void tq_conv_2d_table_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output);
void tq_depthwise_conv_2d_table_formula(const tq_conv_params *params, const tq_conv_dims *dims,
                                        const int8_t *input, const uint8_t *packed, int32_t bits,
                                        const int32_t *bias, int8_t *output);
void tq_transpose_conv_table_formula(const tq_conv_params *params, const tq_conv_dims *dims,
                                     const int8_t *input, const uint8_t *packed, int32_t bits,
                                     const int32_t *bias, int8_t *output);
void tq_fully_connected_table_formula(const tq_fully_connected_params *params,
                                      const tq_fully_connected_dims *dims, const int8_t *input,
                                      const uint8_t *packed, int32_t bits, const int32_t *bias,
                                      int8_t *output);

/* What the codes [first, first + count) stand for, int8 [count]; count >= 1. */
typedef void tq_unpack_table(const uint8_t *packed, int32_t first, int32_t count, const int8_t *table,
                             int8_t *weights);
tq_unpack_table tq_unpack_2_bits, tq_unpack_3_bits, tq_unpack_4_bits;

/* The table of a channel. */
static inline const int8_t *tq_table_of(const int8_t *tables, const int8_t *levels, int32_t channel,
                                        int32_t bits) {
  return tables + levels[channel] * (1 << bits);
}

/* Fast ones: unpacked four filters at a time, then as int8. scratch: 4 bytes a tap. */
void tq_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const uint8_t *packed, int32_t bits, tq_unpack_table *unpack, const int32_t *bias,
                      int8_t *output, void *scratch);

/* scratch: 1 byte a weight. */
void tq_depthwise_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                const uint8_t *packed, int32_t bits, tq_unpack_table *unpack,
                                const int32_t *bias, int8_t *output, void *scratch);

void tq_fully_connected_table(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                              const int8_t *input, const uint8_t *packed, int32_t bits,
                              tq_unpack_table *unpack, const int32_t *bias, int8_t *output);

/* All that tq_unpack_<bits>_bits does, inlined with its number of bits: eight codes are `bits` whole bytes. */
static inline void tq_unpack_few(int32_t bits, const uint8_t *packed, int32_t first, int32_t count,
                                 const int8_t *table, int8_t *weights) {
  const uint32_t mask = (1u << bits) - 1u;
  const uint8_t *byte = packed + first * bits / 8;
  int32_t have = 0;
  uint32_t held = 0;

  if (first % 8 != 0) {
    const int32_t behind = 8 - first % 8, head = behind < count ? behind : count;
    have = 8 - first * bits % 8;
    held = (uint32_t)*byte++ >> (8 - have);
    for (int32_t i = 0; i < head; i++) {
      if (have < bits) {
        held |= (uint32_t)*byte++ << have;
        have += 8;
      }
      *weights++ = table[held & mask];
      held >>= bits;
      have -= bits;
    }
    count -= head;
  }
  for (; count >= 8; count -= 8) {
    held = byte[0] | (uint32_t)byte[1] << 8;
    if (bits > 2) held |= (uint32_t)byte[2] << 16;
    if (bits > 3) held |= (uint32_t)byte[3] << 24;
    weights[0] = table[held & mask];
    weights[1] = table[held >> bits & mask];
    weights[2] = table[held >> 2 * bits & mask];
    weights[3] = table[held >> 3 * bits & mask];
    weights[4] = table[held >> 4 * bits & mask];
    weights[5] = table[held >> 5 * bits & mask];
    weights[6] = table[held >> 6 * bits & mask];
    weights[7] = table[held >> 7 * bits & mask];
    byte += bits;
    weights += 8;
  }
  for (have = 0, held = 0; count > 0; count--) {
    if (have < bits) {
      held |= (uint32_t)*byte++ << have;
      have += 8;
    }
    *weights++ = table[held & mask];
    held >>= bits;
    have -= bits;
  }
}

#endif
