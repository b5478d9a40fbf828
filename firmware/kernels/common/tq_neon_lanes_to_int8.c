#include "tq_neon_depthwise_bits.h"
#include "tq_neon_scale.h"
#include "tq_requantize.h"

#if TQ_NEON

typedef struct {
  int32x4_t begin, step, multiplier, shift, sign;
} scaling;

static inline scaling scaling_of(const tq_lanes_layer *l, int32_t lane) {
  const int32_t *const at = l->scaling + lane, lanes = 8 * l->pixel;
  scaling s = {vld1q_s32(at), vld1q_s32(at + lanes), vld1q_s32(at + 2 * lanes), vld1q_s32(at + 3 * lanes), {0}};

  s.sign = vbslq_s32(vcltzq_s32(s.shift), vdupq_n_s32(-31), vdupq_n_s32(32)); /* shifted so, all is 0 */
  return s;
}

/* As tq_neon_scale has it: what is shifted to the left is so already. quick: a constant. */
TQ_INLINE int32x4_t scaled(int32_t quick, scaling s, uint16x4_t differing) {
  const int32x4_t sum = vmlsq_s32(s.begin, vreinterpretq_s32_u32(vmovl_u16(differing)), s.step);
  const int32x4_t high = vqrdmulhq_s32(sum, s.multiplier);

  if (quick) return vrshlq_s32(vsraq_n_s32(high, high, 31), s.shift);
  return vrshlq_s32(vaddq_s32(high, vshlq_s32(high, s.sign)), s.shift);
}

TQ_INLINE uint16x8_t differing(int32_t quick, const uint8_t *low, int32_t high) {
  const uint16x8_t d = vmovl_u8(vld1_u8(low));
  return quick ? d : vorrq_u16(d, vshll_n_u8(vld1_u8(low + high), 8));
}

/* Eight channels from lane `lane` on at `count` positions, an even number. */
TQ_INLINE void run(int32_t quick, const tq_lanes_layer *l, int32_t lane, int32_t count, const uint8_t *numbers,
                   int8_t *to, int32_t step) {
  const tq_bits_output *const how = &l->params->output;
  const int32_t lanes = 8 * l->pixel, high = tq_lanes_numbers(l->pixel);
  const int32_t zero_point = how->zero_point, least = how->activation_min, most = how->activation_max;
  const scaling first = scaling_of(l, lane), second = scaling_of(l, lane + 4);
  const uint8_t *at = numbers + lane;

  for (const uint8_t *const end = at + count * lanes; at < end; at += 2 * lanes, to += 2 * step) {
    const uint16x8_t a = differing(quick, at, high), b = differing(quick, at + lanes, high);
    const int32x4_t all[4] = {
        scaled(quick, first, vget_low_u16(a)), scaled(quick, second, vget_high_u16(a)),
        scaled(quick, first, vget_low_u16(b)), scaled(quick, second, vget_high_u16(b))};
    const int8x16_t outputs = tq_neon_to_int8(all, zero_point, least, most);
    vst1_s8(to, vget_low_s8(outputs));
    vst1_s8(to + step, vget_high_s8(outputs));
  }
}

static void run_eight(const tq_lanes_layer *l, int32_t lane, int32_t count, const uint8_t *numbers, int8_t *to,
                      int32_t step) {
  if (l->right && l->digits <= 8) {
    run(1, l, lane, count, numbers, to, step);
  } else {
    run(0, l, lane, count, numbers, to, step);
  }
}

#else

static void run_eight(const tq_lanes_layer *l, int32_t lane, int32_t count, const uint8_t *numbers, int8_t *to,
                      int32_t step) {
  const tq_bits_output *const how = &l->params->output;
  const int32_t lanes = 8 * l->pixel;

  for (int32_t i = 0; i < 8 * count; i++) {
    const uint8_t *const number = numbers + i / 8 * lanes + lane + i % 8;
    const int32_t *const at = l->scaling + lane + i % 8;
    const uint32_t differing = number[0] | (uint32_t)number[tq_lanes_numbers(l->pixel)] << 8;
    const int32_t sum = (int32_t)((uint32_t)at[0] - differing * (uint32_t)at[lanes]);
    to[i / 8 * step + i % 8] = tq_to_int8(tq_scale(sum, at[2 * lanes], at[3 * lanes]), how->zero_point,
                                          how->activation_min, how->activation_max);
  }
}

#endif

/* Eights from the last one on, so that what they write behind a position's channels is written again: but behind the
 * last output nothing may be written. */
void tq_neon_lanes_to_int8(const tq_lanes_layer *layer, int32_t row, int32_t count, void *output) {
  const int32_t channels = layer->dims->output.c, lanes = 8 * layer->pixel;
  const int32_t left = (layer->rows - row) * channels;
  int8_t *const to = (int8_t *)output + row * channels;

  for (int32_t lane = (channels - 1) / 8 * 8; lane >= 0; lane -= 8) {
    const int32_t room = left - lane - 8, whole = room < 0 ? 0 : room / channels + 1;
    const int32_t some = (whole <= count ? whole : count + 1) / 2 * 2;
    run_eight(layer, lane, some, layer->numbers, to + lane, channels);
    for (int32_t x = some; x < count; x++) {
      int8_t eight[16];
      run_eight(layer, lane, 2, layer->numbers + x * lanes, eight, 8);
      memcpy(to + x * channels + lane, eight, (size_t)(channels - lane < 8 ? channels - lane : 8));
    }
  }
}
