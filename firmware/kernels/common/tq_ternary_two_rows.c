#include "tq_packed_walks.h"

static inline uint32_t digits(uint8_t byte) { return tq_ternary_digits[byte] & 0x3ffu; }

static inline int32_t pair_of(const tq_row_input *input, const int8_t *x, int32_t bytes,
                              tq_digit_stream *row0, tq_digit_stream *row1) {
  const int32_t zero_point = input->zero_point, behind = 2 * row1->held;
  const uint32_t mask = input->mask;
  const uint8_t *byte0 = row0->byte, *byte1 = row1->byte;
  uint32_t held = row1->fields;
  int32_t pair = tq_begin_pair(input->base);

  for (const uint8_t *const end = byte0 + bytes; byte0 < end;) {
    uint32_t fields;
    held |= digits(*byte1++) << behind;
    fields = tq_ternary_digits[*byte0++] | held << 16;
    pair += (x[0] - zero_point) * (int32_t)(fields & mask);
    pair += (x[1] - zero_point) * (int32_t)(fields >> 2 & mask);
    pair += (x[2] - zero_point) * (int32_t)(fields >> 4 & mask);
    pair += (x[3] - zero_point) * (int32_t)(fields >> 6 & mask);
    pair += (x[4] - zero_point) * (int32_t)(fields >> 8 & mask);
    held >>= 10;
    x += 5;
  }
  row0->byte = byte0;
  row1->byte = byte1;
  row1->fields = held;
  return pair;
}

void tq_ternary_two_rows(const uint8_t *packed, int32_t first0, int32_t first1, const tq_row_input *input,
                         int32_t sums[2]) {
  const tq_packing packing = {5, 2, 25};
  tq_walk_two_rows(packing, digits, pair_of, packed, first0, first1, input, sums);
}
