#include <string.h>

#include "tq_neon_dense.h"
#include "tq_neon_outputs.h"
#include "tq_neon_sum.h"

#define CODES 1280  /* of a row that are taken at a time: whole blocks of either base */
#define OUTPUTS 64  /* that share what is laid */

typedef struct {
  const int8_t *input; /* a row */
  const uint8_t *packed;
  int32_t c_in, zero_point;
  int32_t first;  /* of the outputs that are numbered from 0 */
  int32_t digits; /* of a byte */
  tq_dense_rows *rows;
} layer;

/* Outputs [begin, end), every `step`-th: those whose codes begin in the same place of a byte. What a byte holds beside
 * them meets inputs of the zero point. */
static void add_alike(const layer *l, int32_t begin, int32_t end, int32_t step, int32_t *sums) {
  int8_t beside[CODES + 128], laid[CODES];
  int32_t none = 0;

  for (int32_t done = 0, some; done < l->c_in; done += some) {
    const int32_t skip = ((l->first + begin) * l->c_in + done) % l->digits, left = l->c_in - done;
    some = left < CODES - skip ? left : CODES - skip;
    const int32_t bytes = (skip + some + l->digits - 1) / l->digits;
    memset(beside, l->zero_point, sizeof beside);
    memcpy(beside + skip, l->input + done, (size_t)some);
    tq_neon_dense_lay(beside, (bytes + TQ_DENSE_BLOCK - 1) / TQ_DENSE_BLOCK, l->digits, laid);
    for (int32_t o = begin; o < end; o += 2 * step) {
      const int32_t next = o + step < end ? o + step : o;
      const uint8_t *const packed[2] = {l->packed + ((l->first + o) * l->c_in + done) / l->digits,
                                        l->packed + ((l->first + next) * l->c_in + done) / l->digits};
      int32_t *const to[2] = {sums + o, next > o ? sums + next : &none};
      l->rows(laid, packed, bytes, l->zero_point, to);
    }
  }
}

/* Codes are digits less 1, or 1 less twice the digits. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  layer l = {input, packed, dims->c_in, params->input_zero_point, 0, base == 3 ? 5 : 8,
             base == 3 ? tq_neon_dense_ternary : tq_neon_dense_binary};

  for (int32_t row = 0; row < dims->rows; row++, l.input += dims->c_in, output += dims->c_out) {
    const int32_t seen = tq_neon_sum_int8(l.input, dims->c_in) - l.zero_point * dims->c_in;
    for (int32_t first = 0; first < dims->c_out; first += OUTPUTS) {
      const int32_t count = dims->c_out - first < OUTPUTS ? dims->c_out - first : OUTPUTS;
      int32_t sums[OUTPUTS] = {0}, step = 1;
      l.first = first;
      while (step * dims->c_in % l.digits != 0) step++;
      for (int32_t i = 0; i < step && i < count; i++) add_alike(&l, i, count, step, sums);
      for (int32_t i = 0; i < count; i++) sums[i] = base == 3 ? sums[i] - seen : seen - 2 * sums[i];
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
