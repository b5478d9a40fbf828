#include "../common/tq_requantize.h"
#include "tinyq/tq_kernels.h"

/* Qm.n is an int32_t with m integer and n = 31 - m fractional bits; the rounded high half of a product of
 * Qa and Qb has a + b integer bits. Algorithm and constants: gemmlowp's fixed-point exp and reciprocal. */

static int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  return x < -limit - 1 ? INT32_MIN : x * (1 << bits);
}

/* exp(a), a in [-1/4, 0), Q0.31 -> Q0.31: Taylor's series around -1/8. */
static int32_t exp_of_quarter(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = tq_rounding_high_mul(x, x);
  const int32_t x3 = tq_rounding_high_mul(x2, x);
  const int32_t x4_over_4 = tq_rounding_divide_by_pot(tq_rounding_high_mul(x2, x2), 2);
  const int32_t cubic = tq_rounding_high_mul(x4_over_4 + x3, third);
  const int32_t tail = tq_rounding_divide_by_pot(cubic + x2, 1); /* x^2/2 + x^3/6 + x^4/24 */
  return exp_minus_eighth + tq_rounding_high_mul(exp_minus_eighth, x + tail);
}

/* exp(a), a <= 0, Q5.26 -> Q0.31. */
static int32_t exp_of_negative(int32_t a) {
  /* exp(-2^k) in Q0.31 for k = -2, ..., 4 */
  static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = 1 << 24;
  const int32_t part = (a & (quarter - 1)) - quarter; /* in [-1/4, 0) */
  const int32_t rest = part - a;                      /* a multiple of 1/4 */
  int32_t result;

  if (a == 0) return INT32_MAX;
  result = exp_of_quarter(part * (1 << 5));
  for (int32_t k = 0; k < 7; k++) {
    if (rest >> (24 + k) & 1) result = tq_rounding_high_mul(result, powers[k]);
  }
  return result;
}

/* 1 / (1 + a), a in [0, 1), Q0.31 -> Q0.31: Newton and Raphson for the reciprocal of (1 + a) / 2. */
static int32_t one_over_one_plus(int32_t a) {
  const int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) >> 1);
  /* 48/17 - 32/17 * half_denominator, Q2.29 */
  int32_t x = 1515870810 + tq_rounding_high_mul(half_denominator, -1010580540);
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = (1 << 29) - tq_rounding_high_mul(half_denominator, x);
    x += saturating_shift_left(tq_rounding_high_mul(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

/* left_shift may be 31, where a value >= diff_min is 0. */
static int32_t shift_left(int32_t value, int32_t bits) { return (int32_t)((uint32_t)value << bits); }

static void softmax_row(const tq_softmax_params *params, int32_t depth, const int8_t *x, int8_t *y) {
  int32_t max = INT8_MIN, sum = 0, bits = 0; /* sum in Q12.19 */

  for (int32_t i = 0; i < depth; i++) max = x[i] > max ? x[i] : max;
  for (int32_t i = 0; i < depth; i++) {
    if (x[i] - max < params->diff_min) continue;
    const int32_t a = tq_rounding_high_mul(shift_left(x[i] - max, params->left_shift), params->multiplier);
    sum += tq_rounding_divide_by_pot(exp_of_negative(a), 12);
  }
  while (sum >> bits > 1) bits++; /* sum = 2^bits * (1 + fraction) */
  const uint32_t fraction = ((uint32_t)sum << (31 - bits)) - ((uint32_t)1 << 31);
  const int32_t reciprocal = one_over_one_plus((int32_t)fraction);
  for (int32_t i = 0; i < depth; i++) {
    y[i] = INT8_MIN;
    if (x[i] - max < params->diff_min) continue;
    const int32_t a = tq_rounding_high_mul(shift_left(x[i] - max, params->left_shift), params->multiplier);
    const int32_t share = tq_rounding_high_mul(reciprocal, exp_of_negative(a));
    /* 2^(bits - 19) is what the reciprocal leaves out, 2^-23 brings Q0.31 to the output's 1/256. */
    y[i] = tq_to_int8(tq_rounding_divide_by_pot(share, bits - 19 + 23), INT8_MIN, INT8_MIN, INT8_MAX);
  }
}

void tq_softmax_a8_ref(const tq_softmax_params *params, const tq_rows_dims *dims, const int8_t *input,
                       int8_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    softmax_row(params, dims->depth, input + row * dims->depth, output + row * dims->depth);
  }
}
