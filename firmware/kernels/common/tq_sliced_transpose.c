#include "tq_sliced.h"

/* Exchange bit log2(apart) of the row's number with the bit of the column's that `mask` has not. */
#define EXCHANGE(rows, r, apart, shift, mask) TQ_SLICED_SWAP((rows)[r], (rows)[(r) + (apart)], shift, mask)

/* Four bits of the column's number, the lane's, become the row's, and the other way round; the fifth, which marks
 * leave free, is one of the channel's from the beginning. */
void tq_sliced_transpose(const uint32_t marks[32], uint32_t rows[16]) {
  for (int32_t r = 0; r < 16; r++) {
    const uint32_t *const mark = marks + (r & 8) * 2 + (r & 7);
    rows[r] = mark[0] | mark[8] << 8;
  }
  for (int32_t r = 0; r < 16; r += 4) {
    EXCHANGE(rows, r, 1, 1, 0x55555555u);
    EXCHANGE(rows, r + 2, 1, 1, 0x55555555u);
    EXCHANGE(rows, r, 2, 2, 0x33333333u);
    EXCHANGE(rows, r + 1, 2, 2, 0x33333333u);
  }
  for (int32_t r = 0; r < 4; r++) {
    EXCHANGE(rows, r, 4, 4, 0x0f0f0f0fu);
    EXCHANGE(rows, r + 8, 4, 4, 0x0f0f0f0fu);
    EXCHANGE(rows, r, 8, 16, 0x0000ffffu);
    EXCHANGE(rows, r + 4, 8, 16, 0x0000ffffu);
  }
}
