#include "tq_neon_depthwise_bits.h"

static inline int32_t within(int32_t value, int32_t most) {
  return value < 0 ? 0 : value > most ? most : value;
}

/* `count` times `words` words, the next ones `step` words behind those before. */
static void take(const int32_t *from, int32_t count, int32_t words, int32_t step, uint32_t *to) {
  if (words == step) {
    memcpy(to, from, (size_t)(count * words) * sizeof *to);
    return;
  }
#if TQ_NEON
  for (; words == 1 && step == 2 && count > 4; count -= 4, from += 8, to += 4) {
    vst1q_u32(to, vld2q_u32((const uint32_t *)(const void *)from).val[0]);
  }
  for (; words == 2 && step == 4 && count > 2; count -= 2, from += 8, to += 4) {
    vst1q_u32(to, vreinterpretq_u32_u64(vld2q_u64((const uint64_t *)(const void *)from).val[0]));
  }
#endif
  for (; count > 0; count--, from += step) {
    for (int32_t i = 0; i < words; i++) *to++ = (uint32_t)from[i];
  }
}

/* `count` times a row of padding. */
static uint32_t *pad(const int32_t *outside, int32_t words, int32_t count, uint32_t *to) {
  for (; count > 0; count--) {
    for (int32_t i = 0; i < words; i++) *to++ = (uint32_t)outside[i];
  }
  return to;
}

/* A plane of the columns of a phase -> words. row: of the input; NULL: one beside it. */
static void take_phase(const tq_lanes_layer *l, const int32_t *row, int32_t plane, int32_t phase, uint32_t *to) {
  const int32_t words = tq_bits_words(l->dims->input.c), pixel = words * tq_bits_planes(l->params->x_levels);
  const int32_t w = l->dims->input.w, left = l->params->pad_left - phase, step = l->phases;
  const int32_t before = row ? within((left + step - 1) / step, l->part) : l->part;
  const int32_t inside = within((w + left + step - 1) / step, l->part) - before;
  const int32_t *const outside = l->outside + plane * words;

  to = pad(outside, words, before, to);
  if (inside > 0) {
    take(row + (before * step - left) * pixel + plane * words, inside, words, step * pixel, to);
    to += inside * words;
  }
  pad(outside, words, l->part - before - (inside > 0 ? inside : 0), to);
}

/* Bits [first, first + count) of a row whose bits are there `times` times. */
static uint32_t repeated(const uint32_t *words, int32_t first, int32_t count, int32_t times) {
  uint32_t bits = 0;

  for (int32_t i = 0; i < count; i++) {
    const int32_t c = (first + i) / times;
    bits |= (words[c / TQ_WORD_BITS] >> c % TQ_WORD_BITS & 1u) << i;
  }
  return bits;
}

#if TQ_NEON

/* Words of up to 16 / times channels -> lanes, eight positions at a time. */
static int32_t lay_eights(const uint32_t *words, int32_t count, int32_t times, uint8_t *to) {
  int32_t x = 0;

  for (; times <= 2 && x < count; x += 8, words += 8, to += 16) {
    uint16x8_t lanes = vuzp1q_u16(vreinterpretq_u16_u32(vld1q_u32(words)), vreinterpretq_u16_u32(vld1q_u32(words + 4)));
    if (times == 2) { /* a square, without carries, has a zero behind each bit */
      const poly8x8_t bytes = vreinterpret_p8_u8(vmovn_u16(lanes));
      lanes = vreinterpretq_u16_p16(vmull_p8(bytes, bytes));
      lanes = vorrq_u16(lanes, vshlq_n_u16(lanes, 1));
    }
    vst1q_u16((uint16_t *)(void *)to, lanes);
  }
  return x;
}

#else

static int32_t lay_eights(const uint32_t *words, int32_t count, int32_t times, uint8_t *to) {
  (void)words, (void)count, (void)times, (void)to;
  return 0;
}

#endif

/* Words of positions, of input channels, -> lanes of output channels. */
static void lay_positions(const tq_lanes_layer *l, const uint32_t *words, int32_t count, uint8_t *to) {
  const int32_t row = tq_bits_words(l->dims->input.c), lanes = l->dims->output.c;
  const int32_t times = lanes / l->dims->input.c;

  for (int32_t x = l->pixel == 2 ? lay_eights(words, count, times, to) : 0; x < count; x++) {
    const uint32_t *const at = words + x * row;
    for (int32_t c = 0; c < lanes; c += TQ_WORD_BITS) {
      const uint32_t bits = repeated(at, c, lanes - c < TQ_WORD_BITS ? lanes - c : TQ_WORD_BITS, times);
      const uint16_t half = (uint16_t)bits;
      if (l->pixel == 2) {
        memcpy(to + 2 * x, &half, sizeof half);
      } else {
        memcpy(to + l->pixel * x + c / 8, &bits, sizeof bits);
      }
    }
  }
}

/* One row of one plane, all phases. */
static void lay_row(const tq_lanes_layer *l, const int32_t *row, int32_t plane, uint8_t *to) {
  const int32_t same = l->pixel > 2 && l->dims->input.c == l->dims->output.c;

  for (int32_t phase = 0; phase < l->phases; phase++, to += l->part * l->pixel) {
    if (same) {
      take_phase(l, row, plane, phase, (uint32_t *)(void *)to);
    } else {
      take_phase(l, row, plane, phase, l->words);
      lay_positions(l, l->words, l->part, to);
    }
  }
}

/* Two planes of a ternary row -> those of two signs. */
static void turn_into_signs(uint8_t *zeros, uint8_t *minus, int32_t bytes) {
  for (int32_t i = 0; i < bytes; i += TQ_LANES) {
    const tq_lanes first = tq_lanes_at(minus + i);
    tq_put_lanes(minus + i, first | ~tq_lanes_at(zeros + i));
    tq_put_lanes(zeros + i, first);
  }
}

void tq_neon_lay_lanes(const tq_lanes_layer *layer, int32_t n, int32_t oy) {
  const tq_dims in = layer->dims->input;
  const int32_t planes = tq_bits_planes(layer->params->x_levels), first = layer->x_planes - planes;
  const int32_t bytes = layer->phases * layer->part * layer->pixel;
  int32_t y = oy * layer->params->stride_h - layer->params->pad_top;
  uint8_t *to = layer->copy;

  for (int32_t fy = 0; fy < layer->dims->filter.h; fy++, y += layer->params->dilation_h, to += bytes) {
    const int32_t *const row =
        y < 0 || y >= in.h ? NULL : layer->input + (n * in.h + y) * in.w * tq_bits_row(in.c, layer->params->x_levels);
    if (first > 0) memset(to, UINT8_MAX, (size_t)bytes); /* signs: none is 0 */
    for (int32_t m = 0; m < planes; m++) lay_row(layer, row, m, to + (first + m) * layer->plane);
    if (layer->params->x_levels == 3 && !layer->ternary) turn_into_signs(to, to + layer->plane, bytes);
  }
}
