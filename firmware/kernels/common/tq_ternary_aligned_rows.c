#include "tq_packed_rows.h"

#define MAX_BYTES 25 /* 125 products */

static inline uint32_t two_bytes(const uint8_t *byte, int32_t apart) {
  return tq_ternary_digits[byte[0]] | (uint32_t)tq_ternary_digits[byte[apart]] << 16;
}

static inline void two_rows(const tq_row_input *input, const int8_t *x, const uint8_t *byte,
                            const uint8_t *end, int32_t apart, int32_t sums[2]) {
  const uint32_t mask = input->mask;
  const int32_t base = 128 * 2 * 5 * MAX_BYTES;
  uint32_t digits = 0;
  int32_t pair = tq_begin_pair(base);

  for (; byte < end; byte++) { /* x as it is; the zero point times all digits comes at the end */
    const uint32_t fields = two_bytes(byte, apart);
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
    const uint32_t fields01 = two_bytes(byte, apart), fields23 = two_bytes(byte + 2 * apart, apart);
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

void tq_ternary_aligned_rows(const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                             const tq_row_input *input, int32_t *sums) {
  const uint8_t *byte = packed + first / 5;
  const int8_t *x = input->x, *const end = x + input->count;
  int32_t skip = first % 5; /* rows begin in mid-byte, too */

  while (x < end) {
    const int32_t left = (int32_t)(end - x);
    if (skip > 0 || left < 5) {
      const int32_t some = left < 5 - skip ? left : 5 - skip;
      for (int32_t k = 0; k < rows; k += 2) {
        tq_packed_few(input, x, some, two_bytes(byte + k * apart, apart) >> 2 * skip, sums + k);
      }
      byte++;
      x += some;
      skip = 0;
    } else {
      const int32_t bytes = left < 5 * MAX_BYTES ? left / 5 : MAX_BYTES;
      if (rows == 4) {
        four_rows(input, x, byte, byte + bytes, apart, sums);
      } else {
        two_rows(input, x, byte, byte + bytes, apart, sums);
      }
      byte += bytes;
      x += 5 * bytes;
    }
  }
}
