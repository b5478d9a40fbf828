#include "tq_mve_lines.h"
#include "tq_mve_rows.h"

#if TQ_MVE
#define LOOK_UP(d, load)                                                                                     \
  __asm__ volatile("wlstp.16 lr, %[count], 2f\n"                                                             \
                   "1: " load "\n"                                                                           \
                   "vldrb.u16 q1, [%[table], q0]\n"                                                          \
                   "vstrb.16 q1, [%[output], %q[places]]\n"                                                  \
                   "add %[output], %[output], %[eighth]\n"                                                   \
                   "letp lr, 1b\n"                                                                           \
                   "2:\n"                                                                                    \
                   : [from] "+l"(d), [output] "+r"(output)                                                   \
                   : [count] "r"(count), [table] "r"(l->outputs), [places] "w"(places), [eighth] "r"(8 * step) \
                   : "q0", "q1", "lr", "memory")
#endif

static void look_up(const tq_mve_lines *l, int32_t step, int32_t count, int8_t *output) {
  const uint8_t *bytes = l->bytes;
  const uint16_t *sums = l->sums;
#if TQ_MVE
  const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);

  if (l->wide) {
    LOOK_UP(sums, "vldrh.16 q0, [%[from]], #16");
  } else {
    LOOK_UP(bytes, "vldrb.u16 q0, [%[from]], #8");
  }
#else
  for (int32_t i = 0; i < count; i++) output[i * step] = l->outputs[l->wide ? sums[i] : bytes[i]];
#endif
}

void tq_mve_lines_put_int8(const tq_mve_lines *l, int32_t o, int32_t position, int32_t count) {
  const tq_bits_output *const how = l->layer->params;
  const tq_mve_layer layer = {how->multiplier,     how->shift, NULL, l->layer->bias, 0, how->zero_point,
                              how->activation_min, how->activation_max};
  const int32_t channels = l->layer->dims->output.c;

  tq_mve_outputs_along(&layer, o, 0, l->layer->largest + 1, l->of_d, l->outputs, 1);
  look_up(l, channels, count, (int8_t *)l->layer->output + position * channels + o);
}
