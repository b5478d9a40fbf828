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

/* The low 16 bits, each of them twice. */
static inline uint32_t doubled(uint32_t bits) {
  bits = (bits | bits << 8) & 0x00ff00ffu;
  bits = (bits | bits << 4) & 0x0f0f0f0fu;
  bits = (bits | bits << 2) & 0x33333333u;
  bits = (bits | bits << 1) & 0x55555555u;
  return bits | bits << 1;
}

/* Bits [first, first + count) of a row whose bits are there `times` times; first: of a word. */
static uint32_t repeated(const int32_t *words, int32_t first, int32_t count, int32_t times) {
  uint32_t bits = 0;

  if (times <= 2) {
    bits = (uint32_t)words[first / times / TQ_WORD_BITS] >> first / times % TQ_WORD_BITS;
    return (times == 2 ? doubled(bits & 0xffff) : bits) & UINT32_MAX >> (TQ_WORD_BITS - count);
  }
  for (int32_t i = 0; i < count; i++) {
    const int32_t c = (first + i) / times;
    bits |= (uint32_t)tq_bit_at(words, c) << i;
  }
  return bits;
}

#if TQ_NEON

/* Low halves of eight words, each step-th of so many, `times` times each bit. */
TQ_INLINE uint16x8_t eight(const int32_t *from, int32_t step, int32_t times) {
  const uint32_t *const words = (const uint32_t *)(const void *)from;
  const uint32x4_t low = step == 2 ? vld2q_u32(words).val[0] : vld1q_u32(words);
  const uint32x4_t high = step == 2 ? vld2q_u32(words + 8).val[0] : vld1q_u32(words + 4);
  const uint16x8_t lanes = vuzp1q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high));

  if (times == 1) return lanes;
  /* a square, without carries, has a zero behind each bit */
  const poly8x8_t bytes = vreinterpret_p8_u8(vmovn_u16(lanes));
  return vmulq_n_u16(vreinterpretq_u16_p16(vmull_p8(bytes, bytes)), 3);
}

/* Positions by sixteens, and the last by eight, which overlap those before. */
TQ_INLINE void lay_eights(const int32_t *from, int32_t count, int32_t step, int32_t times, uint8_t *to) {
  uint16_t *at = (uint16_t *)(void *)to;

  for (; count >= 16; count -= 16, from += 16 * step, at += 16) {
    const uint16x8_t first = eight(from, step, times), second = eight(from + 8 * step, step, times);
    vst1q_u16(at, first);
    vst1q_u16(at + 8, second);
  }
  for (; count > 0; count -= 8, from += 8 * step, at += 8) {
    const int32_t back = count < 8 ? 8 - count : 0;
    vst1q_u16(at - back, eight(from - back * step, step, times));
  }
}

/* Positions of up to 16 / times channels; returns how many are done: not the last of every second word, behind which
 * one more would be read. */
static int32_t lay_narrow(const int32_t *from, int32_t count, int32_t step, int32_t times, uint8_t *to) {
  const int32_t some = count - (step == 2);

  if (step > 2 || times > 2 || some < 8) return 0;
  if (times == 1) {
    step == 1 ? lay_eights(from, some, 1, 1, to) : lay_eights(from, some, 2, 1, to);
  } else {
    step == 1 ? lay_eights(from, some, 1, 2, to) : lay_eights(from, some, 2, 2, to);
  }
  return some;
}

#else

static int32_t lay_narrow(const int32_t *from, int32_t count, int32_t step, int32_t times, uint8_t *to) {
  (void)from, (void)count, (void)step, (void)times, (void)to;
  return 0;
}

#endif

/* Positions of input channels, `step` words apart, -> lanes of output channels. */
static void lay_positions(const tq_lanes_layer *l, const int32_t *from, int32_t count, int32_t step, uint8_t *to) {
  const int32_t lanes = l->dims->output.c, times = lanes / l->dims->input.c;

  for (int32_t x = l->pixel == 2 ? lay_narrow(from, count, step, times, to) : 0; x < count; x++) {
    for (int32_t c = 0; c < lanes; c += TQ_WORD_BITS) {
      const uint32_t bits = repeated(from + x * step, c, lanes - c < TQ_WORD_BITS ? lanes - c : TQ_WORD_BITS, times);
      const uint16_t half = (uint16_t)bits;
      if (l->pixel == 2) {
        memcpy(to + 2 * x, &half, sizeof half);
      } else {
        memcpy(to + l->pixel * x + c / 8, &bits, sizeof bits);
      }
    }
  }
}

static uint8_t *lay(const tq_lanes_layer *l, const int32_t *from, int32_t count, int32_t step, uint8_t *to) {
  if (l->pixel > 2 && l->dims->input.c == l->dims->output.c) {
    take(from, count, l->pixel / 4, step, (uint32_t *)(void *)to);
  } else {
    lay_positions(l, from, count, step, to);
  }
  return to + count * l->pixel;
}

static uint8_t *pad(const tq_lanes_layer *l, int32_t plane, int32_t count, uint8_t *to) {
  const int32_t *const outside = l->outside + plane * tq_bits_words(l->dims->input.c);

  if (count <= 0) return to;
  if (l->pixel > 2) return lay(l, outside, count, 0, to);
  lay(l, outside, 1, 0, to);
  for (int32_t i = 2; i < 2 * count; i++) to[i] = to[i - 2];
  return to + 2 * count;
}

/* One row of one plane. row: of the input; NULL: one beside it. */
static void lay_row(const tq_lanes_layer *l, const int32_t *row, int32_t plane, uint8_t *to) {
  const int32_t words = tq_bits_words(l->dims->input.c), pixel = words * tq_bits_planes(l->params->x_levels);
  const int32_t w = l->dims->input.w, step = l->phases;

  for (int32_t phase = 0; phase < step; phase++) {
    const int32_t left = l->params->pad_left - phase;
    const int32_t before = row ? within((left + step - 1) / step, l->part) : l->part;
    const int32_t inside = within((w + left + step - 1) / step - before, l->part - before);
    to = pad(l, plane, before, to);
    if (inside > 0) to = lay(l, row + (before * step - left) * pixel + plane * words, inside, step * pixel, to);
    to = pad(l, plane, l->part - before - inside, to);
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
