#include "tq_neon_dense.h"
#include "tq_neon_outputs.h"
#include "tq_neon_table.h"

/* Eight outputs at a time. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, in_a_byte = base == 3 ? 5 : 8;
  int8_t codes[TQ_DENSE_CODES];

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    for (int32_t first = 0; first < c_out; first += 8) {
      const int32_t count = c_out - first < 8 ? c_out - first : 8;
      int32_t sums[8] = {0};
      for (int32_t k = 0; k < count; k++) {
        int32_t done = 0;
        while (done < c_in) { /* from the byte on in which the next code lies, and more, if there are some */
          const int32_t next = (first + k) * c_in + done, skip = next % in_a_byte;
          const int32_t left = c_in - done, most = TQ_DENSE_CODES - skip, some = left < most ? left : most;
          const int32_t behind = c_in * c_out - next - some, whole = (skip + some + 79) / 80 * 80 - skip - some;
          const int32_t more = behind < whole ? behind : whole;
          tq_neon_unpack(packed + next / in_a_byte, base, skip + some + more, codes);
          sums[k] += tq_neon_dense_sum(input + done, codes + skip, some, params->input_zero_point, 1);
          done += some;
        }
      }
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
