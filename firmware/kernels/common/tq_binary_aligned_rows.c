#include "tq_packed_rows.h"

#define MAX_BYTES 32 /* 256 products */

static inline uint32_t two_bytes(const uint8_t *byte, int32_t apart) {
  return byte[0] | (uint32_t)byte[apart] << 16;
}

void tq_binary_aligned_rows(const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                            const tq_row_input *input, int32_t *sums) {
  const uint8_t *byte = packed + first / 8;
  const int8_t *x = input->x, *const end = x + input->count;
  const uint32_t mask = input->mask;
  const int32_t zero_point = input->zero_point;
  int32_t skip = first % 8; /* rows begin in mid-byte, too */

  while (x < end) {
    const int32_t left = (int32_t)(end - x);
    if (skip > 0 || left < 8) {
      const int32_t some = left < 8 - skip ? left : 8 - skip;
      for (int32_t k = 0; k < rows; k += 2) {
        tq_packed_few(input, x, some, two_bytes(byte + k * apart, apart) >> skip, sums + k);
      }
      byte++;
      x += some;
      skip = 0;
    } else {
      const int32_t bytes = left < 8 * MAX_BYTES ? left / 8 : MAX_BYTES;
      int32_t pair01 = tq_begin_pair(input->base), pair23 = pair01;
      for (const uint8_t *const last = byte + bytes; byte < last; byte++) {
        const uint32_t fields01 = two_bytes(byte, apart), fields23 = two_bytes(byte + 2 * apart, apart);
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
  }
}
