#include "tq_mve_dense.h"

#include "tq_mve_dot.h"

void tq_mve_dense(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims, const int8_t *input,
                  const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_mve_layer layer = tq_mve_dense_layer(params, bias);
  const int32_t c_in = dims->c_in;
  int32_t *const room = scratch, *const sums = room + 3 * TQ_MVE_APART;

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += dims->c_out) {
    int32_t o = 0;
    for (; o + 4 <= dims->c_out; o += 4) tq_mve_dot_four(input, weights + o * c_in, c_in, sums + o);
    for (; o < dims->c_out; o++) sums[o] = tq_mve_dot_one(input, weights + o * c_in, c_in);
    tq_mve_dense_outputs(&layer, dims->c_out, sums, room, output);
  }
}
