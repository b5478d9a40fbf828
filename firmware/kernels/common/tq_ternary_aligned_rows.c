#include "tq_packed_walks.h"

#define MAX_BYTES 25 /* 125 products */

static inline uint32_t fields_of(uint8_t byte) { return tq_ternary_digits[byte]; }

static inline void two_rows(const tq_row_input *input, const int8_t *x, const uint8_t *byte,
                            const uint8_t *end, int32_t apart, int32_t sums[2]) {
  const uint32_t mask = input->mask;
  const int32_t base = 128 * 2 * 5 * MAX_BYTES;
  uint32_t digits = 0;
  int32_t pair = tq_begin_pair(base);

  for (; byte < end; byte++) { /* x as it is; the zero point times all digits comes at the end */
    const uint32_t fields = tq_two_bytes(fields_of, byte, apart);
    pair += x[0] * (int32_t)(fields & mask);
    pair += x[1] * (int32_t)(fields >> 2 & mask);
    pair += x[2] * (int32_t)(fields >> 4 & mask);
    pair += x[3] * (int32_t)(fields >> 6 & mask);
    pair += x[4] * (int32_t)(fields >> 8 & mask);
    digits += fields >> 12 & 0x000f000f;
    x += 5;
  }
  tq_part_pair(pair, base, sums);
  sums[0] -= input->zero_point * (int32_t)(digits & 0xffff);
  sums[1] -= input->zero_point * (int32_t)(digits >> 16);
}

static inline void four_rows(const tq_row_input *input, const int8_t *x, const uint8_t *byte,
                            const uint8_t *end, int32_t apart, int32_t sums[4]) {
  const int32_t zero_point = input->zero_point;
  const uint32_t mask = input->mask;
  int32_t pair01 = tq_begin_pair(input->base), pair23 = pair01;

  for (; byte < end; byte++) {
    const uint32_t fields01 = tq_two_bytes(fields_of, byte, apart);
    const uint32_t fields23 = tq_two_bytes(fields_of, byte + 2 * apart, apart);
    int32_t centred = x[0] - zero_point;
    pair01 += centred * (int32_t)(fields01 & mask);
    pair23 += centred * (int32_t)(fields23 & mask);
    centred = x[1] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 2 & mask);
    pair23 += centred * (int32_t)(fields23 >> 2 & mask);
    centred = x[2] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 4 & mask);
    pair23 += centred * (int32_t)(fields23 >> 4 & mask);
    centred = x[3] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 6 & mask);
    pair23 += centred * (int32_t)(fields23 >> 6 & mask);
    centred = x[4] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 8 & mask);
    pair23 += centred * (int32_t)(fields23 >> 8 & mask);
    x += 5;
  }
  tq_part_pair(pair01, input->base, sums);
  tq_part_pair(pair23, input->base, sums + 2);
}

static inline void sum(const tq_row_input *input, const int8_t *x, const uint8_t *byte, const uint8_t *end,
                       int32_t apart, int32_t rows, int32_t *sums) {
  if (rows == 4) {
    four_rows(input, x, byte, end, apart, sums);
  } else {
    two_rows(input, x, byte, end, apart, sums);
  }
}

void tq_ternary_aligned_rows(const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                             const tq_row_input *input, int32_t *sums) {
  const tq_packing packing = {5, 2, MAX_BYTES};
  tq_walk_aligned_rows(packing, fields_of, sum, packed, first, apart, rows, input, sums);
}
