#include "tq_mve_dense.h"

#include "tq_mve_dot.h"

/* Inputs -> x as digits lie; line: room for as much. */
static void lay(const int8_t *input, int32_t count, int8_t *line, int8_t *x) {
  const int32_t bytes = tq_mve_laid_bytes(count);

  tq_mve_copy(line, input, count);
  tq_mve_fill(line + count, 0, bytes - count);
  for (int32_t done = 0; done < bytes; done += TQ_MVE_TRITS_STEP, line += TQ_MVE_TRITS_STEP) {
    for (int32_t k = 0; k < TQ_MVE_TRITS; k++, x += 16) tq_mve_gather_every(x, line + k, TQ_MVE_TRITS, 16);
  }
}

void tq_mve_dense_ternary(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                          const int8_t *input, const uint8_t *packed, const int32_t *bias, int8_t *output,
                          void *scratch) {
  const tq_mve_layer layer = tq_mve_dense_layer(params, bias);
  const int32_t c_in = dims->c_in, bytes = (c_in + TQ_MVE_TRITS - 1) / TQ_MVE_TRITS;
  int32_t *const room = scratch, *const sums = room + 3 * TQ_MVE_APART;
  int8_t *const x = (int8_t *)(sums + dims->c_out), *const line = x + tq_mve_laid_bytes(c_in);

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += dims->c_out) {
    const int32_t total = tq_mve_total(input, c_in); /* a digit is a code plus one */
    lay(input, c_in, line, x);
    for (int32_t o = 0; o < dims->c_out; o++) sums[o] = tq_mve_dot_trits(packed + o * bytes, bytes, x) - total;
    tq_mve_dense_outputs(&layer, dims->c_out, sums, room, output);
  }
}
