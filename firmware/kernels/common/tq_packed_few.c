#include "tq_packed_rows.h"

void tq_packed_few(const tq_row_input *input, const int8_t *x, int32_t count, uint32_t fields,
                   int32_t sums[2]) {
  int32_t pair = tq_begin_pair(input->base);

  for (; count > 0; count--) {
    pair += (*x++ - input->zero_point) * (int32_t)(fields & input->mask);
    fields >>= input->width;
  }
  tq_part_pair(pair, input->base, sums);
}
