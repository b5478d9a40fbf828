#include "tq_packed_walks.h"

static inline uint32_t fields_of(uint8_t byte) { return byte; }

static inline void four_rows(const tq_row_input *input, const int8_t *x, const uint8_t *byte,
                             const uint8_t *end, int32_t apart, int32_t rows, int32_t *sums) {
  const int32_t zero_point = input->zero_point;
  const uint32_t mask = input->mask;
  int32_t pair01 = tq_begin_pair(input->base), pair23 = pair01;

  (void)rows; /* always 4 */
  for (; byte < end; byte++) {
    const uint32_t fields01 = tq_two_bytes(fields_of, byte, apart);
    const uint32_t fields23 = tq_two_bytes(fields_of, byte + 2 * apart, apart);
    int32_t centred = x[0] - zero_point;
    pair01 += centred * (int32_t)(fields01 & mask);
    pair23 += centred * (int32_t)(fields23 & mask);
    centred = x[1] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 1 & mask);
    pair23 += centred * (int32_t)(fields23 >> 1 & mask);
    centred = x[2] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 2 & mask);
    pair23 += centred * (int32_t)(fields23 >> 2 & mask);
    centred = x[3] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 3 & mask);
    pair23 += centred * (int32_t)(fields23 >> 3 & mask);
    centred = x[4] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 4 & mask);
    pair23 += centred * (int32_t)(fields23 >> 4 & mask);
    centred = x[5] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 5 & mask);
    pair23 += centred * (int32_t)(fields23 >> 5 & mask);
    centred = x[6] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 6 & mask);
    pair23 += centred * (int32_t)(fields23 >> 6 & mask);
    centred = x[7] - zero_point;
    pair01 += centred * (int32_t)(fields01 >> 7 & mask);
    pair23 += centred * (int32_t)(fields23 >> 7 & mask);
    x += 8;
  }
  tq_part_pair(pair01, input->base, sums);
  tq_part_pair(pair23, input->base, sums + 2);
}

void tq_binary_aligned_rows(const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                            const tq_row_input *input, int32_t *sums) {
  const tq_packing packing = {8, 1, 32};
  tq_walk_aligned_rows(packing, fields_of, four_rows, packed, first, apart, rows, input, sums);
}
