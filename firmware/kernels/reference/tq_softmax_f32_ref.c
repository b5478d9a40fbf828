#include <string.h>

#include "tinyq/tq_kernels_f32.h"

/* exp(x) for x <= 0, the same bits everywhere; 0 where it would be below the normal numbers (and for NaN).
 * x = n ln 2 + r; ln 2 is split so that n * 0.693359375 is exact; the polynomial is that of Cephes' expf. */
static float exponential(float x) {
  static const float coefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                       4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  if (!(x > -87.0f)) return 0.0f;
  const float octaves = x * 1.44269504f;
  const int32_t n = (int32_t)(octaves - 0.5f);
  const float high = (float)n * 0.693359375f;
  const float low = (float)n * -2.12194440e-4f;
  const float rest = x - high;
  const float r = rest - low;
  float sum = 0.0f;
  for (int32_t i = 0; i < 6; i++) {
    const float product = sum * r;
    sum = product + coefficients[i];
  }
  const float square = r * r;
  const float curved = sum * square;
  const float linear = curved + r;
  const int32_t bits = (n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return (linear + 1.0f) * power;
}

void tq_softmax_f32_ref(const tq_softmax_f32_params *params, const tq_rows_dims *dims, const float *input,
                        float *output) {
  const int32_t depth = dims->depth;

  for (int32_t row = 0; row < dims->rows; row++, input += depth, output += depth) {
    float max = input[0], sum = 0.0f;
    for (int32_t i = 1; i < depth; i++) max = input[i] > max ? input[i] : max;
    for (int32_t i = 0; i < depth; i++) {
      const float difference = input[i] - max;
      output[i] = exponential(difference * params->beta);
      sum = sum + output[i];
    }
    for (int32_t i = 0; i < depth; i++) output[i] = output[i] / sum;
  }
}
