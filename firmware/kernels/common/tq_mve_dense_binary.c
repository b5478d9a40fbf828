#include "tq_mve_dense.h"

#include "tq_mve_dot.h"

void tq_mve_dense_binary(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, const int32_t *bias, int8_t *output,
                         void *scratch) {
  const tq_mve_layer layer = tq_mve_dense_layer(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, vectors = (c_in + 15) / 16;
  int32_t *const room = scratch, *const sums = room + 3 * TQ_MVE_APART;
  int8_t *const x = (int8_t *)(sums + c_out + 3);

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    const int32_t total = tq_mve_total(input, c_in); /* a weight is -1 where its bit is set, else 1 */
    tq_mve_fill(tq_mve_copy(x, input, c_in), 0, 16 * vectors - c_in);
    for (int32_t o = 0; o < c_out; o += 4) {
      tq_mve_sum_marked(packed + o * 2 * vectors, vectors, x, sums + o);
      for (int32_t i = o; i < o + 4; i++) sums[i] = total - 2 * sums[i];
    }
    tq_mve_dense_outputs(&layer, c_out, sums, room, output);
  }
}
