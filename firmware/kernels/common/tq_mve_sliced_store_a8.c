#include "tq_mve_scales.h"
#include "tq_mve_sliced.h"

#define NOWHERE UINT16_MAX

/* to[i] = first + i * step. */
static void put_ramp(uint16_t *to, int32_t first, int32_t step, int32_t count) {
#if TQ_MVE
  const uint16x8_t steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
  for (int32_t i = 0; i < count; i += 8) {
    vstrhq_p_u16(to + i, vaddq_n_u16(steps, (uint16_t)(first + i * step)), vctp16q((uint32_t)(count - i)));
  }
#else
  for (int32_t i = 0; i < count; i++) to[i] = (uint16_t)(first + i * step);
#endif
}

/* Where the lanes' outputs are, from the block's first one on. */
static void find_places(const tq_mve_sliced *s, uint16_t *places) {
  const int32_t lanes = s->layer->block.count, channels = s->layer->dims->output.c, all = s->layer->dims->output.w;
  const int32_t alone = s->row == all, row = alone ? lanes : s->row, width = alone ? lanes : all;
  int32_t place = 0;

  tq_mve_fill((int8_t *)places, -1, 2 * TQ_MVE_BLOCK);
  for (int32_t lane = 0, x = alone ? 0 : s->column; lane < lanes; lane += row - x, x = 0) {
    const int32_t rest = lanes - lane, run = width - x < rest ? width - x : rest;
    if (run <= 0) continue;
    put_ramp(places + lane, place, channels, run);
    place += run * channels;
  }
}

#if TQ_MVE

#define SCALE(x, y)                        \
  "vmlas.s32 " x ", %q[factor], %[start]\n" \
  "vqrdmulh.s32 " x ", " x ", %[multiplier]\n" \
  "vshr.s32 " y ", " x ", #31\n"            \
  "vadd.i32 " x ", " x ", " y "\n"          \
  "vrshl.s32 " x ", %[shift]\n" /* by 1 at least: see tq_four_scale */
/* Eight lanes of q0, even ones, and q1. */
#define PUT                                        \
  SCALE("q0", "q2")                                \
  SCALE("q1", "q3")                                \
  "vqmovnb.s32 q0, q0\n"                           \
  "vqmovnt.s32 q0, q1\n"                           \
  "vldrh.u16 q2, [%[places]], #16\n"               \
  "vqadd.s16 q0, q0, %[zero_point]\n"              \
  "vmax.s16 q0, q0, %q[min]\n"                     \
  "vmin.s16 q0, q0, %q[max]\n"                     \
  "vpt.i16 ne, q2, %[nowhere]\n"                   \
  "vstrbt.16 q0, [%[output], q2]\n"
#define BYTES                      \
  "vldrb.s16 q2, [%[sums]], #8\n"  \
  "vmovlb.s16 q0, q2\n"            \
  "vmovlt.s16 q1, q2\n" PUT
#define SUMS(even, odd)                    \
  "vldrh.s32 q0, [%[sums], #" even "]\n"   \
  "vldrh.s32 q1, [%[sums], #" odd "]\n" PUT
#define LOOP(turns, body)                                                                                     \
  __asm__ volatile("dls lr, %[count]\n"                                                                       \
                   "1:\n" body "le lr, 1b\n"                                                                  \
                   : [sums] "+l"(sums), [places] "+r"(places)                                                 \
                   : [count] "r"(turns), [factor] "w"(factor), [start] "r"(s->start[0]),                      \
                     [multiplier] "r"(s->multiplier[0]), [shift] "r"(s->shift[0]), [min] "w"(min),            \
                     [max] "w"(max), [zero_point] "r"(s->zero_point), [nowhere] "r"(NOWHERE), [output] "r"(output) \
                   : "q0", "q1", "q2", "q3", "lr", "cc", "memory")

static void put_all(const tq_mve_scales *s, const void *sums, int bytes, const uint16_t *places, int8_t *output) {
  const int32x4_t factor = vdupq_n_s32(s->factor[0]);
  const int16x8_t min = vdupq_n_s16((int16_t)s->min), max = vdupq_n_s16((int16_t)s->max);

  if (bytes) {
    LOOP(TQ_MVE_BLOCK / 8, BYTES);
  } else {
    LOOP(TQ_MVE_BLOCK / 16, SUMS("0", "16") SUMS("8", "24") "adds %[sums], #32\n");
  }
}

#endif

static void put_each(const tq_mve_scales *s, const void *sums, int bytes, const uint16_t *places, int8_t *output) {
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    const int32_t sum = bytes ? ((const int8_t *)sums)[i] : ((const int16_t *)sums)[TQ_MVE_PLACE(i)];
    if (places[i] != NOWHERE) output[places[i]] = tq_mve_output(s, 0, sum);
  }
}

static void put_channel(const tq_mve_scales *s, const void *sums, int bytes, const uint16_t *places, int8_t *output) {
#if TQ_MVE
  if (s->shift[0] < 0) {
    put_all(s, sums, bytes, places, output);
    return;
  }
#endif
  put_each(s, sums, bytes, places, output);
}

/* A sum of products is (largest - 2 * D) / divisor, and what is kept of D is `more` less. */
static void set_scale(const tq_mve_sliced *s, const tq_mve_layer *how, int32_t shift, int32_t o, tq_mve_scales *scales) {
  const int32_t divisor = s->layer->divisor, more = s->bytes ? s->more : 0;
  int32_t factor;

  tq_mve_set_scale(how, scales, 0, o, 0);
  factor = scales->factor[0] * (1 << shift);
  scales->start[0] += (s->layer->largest - 2 * more) / divisor * factor;
  scales->factor[0] = -2 / divisor * factor;
}

void tq_mve_sliced_store_a8(const tq_mve_sliced *s, int32_t first, int32_t end) {
  const tq_bits_output how = *(const tq_bits_output *)s->layer->params; /* a copy: output could be its own memory */
  const int32_t channels = s->layer->dims->output.c, size = s->bytes ? TQ_MVE_BLOCK : 2 * TQ_MVE_BLOCK;
  const tq_mve_layer layer = {how.multiplier,     how.shift, NULL, s->layer->bias, 0, how.zero_point,
                              how.activation_min, how.activation_max};
  const int8_t *sums = (const int8_t *)s->sums;
  int8_t *output = (int8_t *)s->layer->output + s->layer->block.first * channels + first;
  uint16_t places[TQ_MVE_BLOCK];

  find_places(s, places);
  for (int32_t o = first; o < end; o++, sums += size, output++) {
    int32_t room[3];
    tq_mve_scales scales = tq_mve_scales_at(&layer, o, 1, room);
    set_scale(s, &layer, how.bias_shift, o, &scales);
    put_channel(&scales, sums, s->bytes, places, output);
  }
}
