#include "tq_bits.h"
#include "tq_bits_formulas.h"

void tq_store_sum_bits(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels,
                       int32_t o, int32_t sum, void *output) {
  const int32_t *const thresholds = how->thresholds + o * (how->levels - 1);
  int32_t *const packed = (int32_t *)output + row * tq_bits_row(channels, how->levels);
  int32_t number = 0;

  (void)bias; /* it is in the thresholds */
  for (int32_t i = 0; i < how->levels - 1; i++) number += sum > thresholds[i];
  tq_put_code(packed, channels, how->levels, o,
              tq_code_of_number(number, how->levels, how->flip && how->flip[o]));
}
