#include "tq_dsp_dual.h"
#include "tq_outputs.h"
#include "tq_requantize.h"

/* Sums of channels [channel, channel + count) -> outputs; code sums are factor * sum + more. */
static void store(const tq_fully_connected_params *params, int32_t channel, int32_t count, const int32_t *sums,
                  int32_t factor, int32_t more, const int32_t *bias, int8_t *output) {
  const tq_fully_connected_params p = *params; /* a copy, because writing output could change *params */
  const int32_t min = p.activation_min - p.output_zero_point, max = p.activation_max - p.output_zero_point;

  for (const int32_t end = channel + count; channel < end; channel++) {
    /* Modulo 2^32: the bias itself may be out of range. */
    const uint32_t sum = (uint32_t)(factor * *sums++ + more) * (uint32_t)p.levels[channel];
    const int32_t accumulator = (int32_t)(sum + (uint32_t)bias[channel]), shift = p.shift[channel];
    if (shift < 0 && (uint32_t)accumulator + (1u << 30) < 1u << 31) { /* twice of it fits 32 bits */
      const int32_t high = tq_rounded_high(2 * accumulator, p.multiplier[channel]);
      *output = (int8_t)(tq_clamp(tq_rounding_divide_by_pot(high, -shift), min, max) + p.output_zero_point);
    } else {
      tq_scaling scaling = tq_dense_scaling(params, NULL);
      scaling.levels = NULL;
      tq_outputs(&scaling, channel, 1, &accumulator, output);
    }
    output++;
  }
}

void tq_dsp_dual_dense(const tq_dsp_dual_scheme *scheme, const tq_fully_connected_params *params,
                       const tq_fully_connected_dims *dims, const int8_t *input, const uint32_t *weights,
                       const int32_t *bias, int8_t *output, uint32_t *scratch) {
  const int32_t of_row = (dims->c_in + scheme->inputs - 1) / scheme->inputs;
  const int32_t begun = (of_row + scheme->block - 1) / scheme->block * 8192;

  for (int32_t row = 0; row < dims->rows; row++, input += dims->c_in) {
    const uint32_t *w = weights;
    tq_dsp_dual_x x;
    const int32_t total = tq_dsp_dual_widen(scheme, input, dims->c_in, scratch, &x);
    const int32_t more = scheme->per_input * total - scheme->per_field * begun;
    for (int32_t channel = 0; channel < dims->c_out;) {
      const int32_t left = dims->c_out - channel, pairs = left >= 7 ? 4 : 1;
      const int32_t count = left < 2 * pairs ? left : 2 * pairs;
      int32_t sums[8];
      scheme->sums(&x, w, pairs, sums);
      store(params, channel, count, sums, scheme->per_field, more, bias, output);
      channel += count;
      output += count;
      w += pairs * of_row;
    }
  }
}
