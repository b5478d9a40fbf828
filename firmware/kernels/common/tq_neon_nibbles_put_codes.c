#include "tq_neon_nibbles.h"
#include "tq_quantize_planes.h"

#define AT_ONCE 16 /* positions */

typedef struct {
  uint32_t words[2][AT_ONCE]; /* of planes */
} codes;

#if TQ_NEON

/* What tq_quantize_planes does, of bytes. */
TQ_INLINE void quantize(const uint8x16_t above[3], int32_t levels, uint8x16_t flip, uint8x16_t planes[2]) {
  if (levels == 2) {
    planes[0] = vmvnq_u8(veorq_u8(above[0], flip));
  } else if (levels == 3) {
    planes[0] = vornq_u8(above[1], above[0]);
    planes[1] = vbslq_u8(flip, above[1], vmvnq_u8(above[0]));
  } else {
    planes[0] = vmvnq_u8(veorq_u8(veorq_u8(above[0], above[1]), veorq_u8(above[2], flip)));
    planes[1] = vmvnq_u8(veorq_u8(above[1], flip));
  }
}

/* Byte `byte` of each plane of 16 lanes. `levels` is a constant. */
TQ_INLINE void byte_of(int32_t levels, const tq_nibbles *l, int32_t lane, int32_t byte, uint8x16_t planes[2]) {
  const int32_t bytes = (l->dims->filter.n + 7) / 8, rest = l->dims->filter.n - 8 * byte;
  const uint8x16_t there = vdupq_n_u8(rest < 8 ? (uint8_t)((1 << rest) - 1) : UINT8_MAX);
  const uint8_t *marks = l->marks + byte * l->lanes + lane;
  uint8x16_t above[3];

#pragma GCC unroll 3
  for (int32_t k = 0; k < levels - 1; k++, marks += bytes * l->lanes) above[k] = vld1q_u8(marks);
  quantize(above, levels, vld1q_dup_u8(l->flip + byte), planes);
  planes[0] = vandq_u8(planes[0], there);
  if (levels > 2) planes[1] = vandq_u8(planes[1], there);
}

/* Word `word` of each plane of 16 lanes. */
TQ_INLINE void take(int32_t levels, const tq_nibbles *l, int32_t lane, int32_t word, codes *to) {
  const int32_t bytes = (l->dims->filter.n + 7) / 8 - 4 * word;
  const uint8x16_t none = vdupq_n_u8(0);
  uint8x16x4_t first = {{none, none, none, none}}, second = first;
  uint8x16_t planes[2];

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    if (i >= bytes) break;
    byte_of(levels, l, lane, 4 * word + i, planes);
    first.val[i] = planes[0];
    if (levels > 2) second.val[i] = planes[1];
  }
  vst4q_u8((uint8_t *)to->words[0], first);
  if (levels > 2) vst4q_u8((uint8_t *)to->words[1], second);
}

#else

static void take(int32_t levels, const tq_nibbles *l, int32_t lane, int32_t word, codes *to) {
  const int32_t bytes = (l->dims->filter.n + 7) / 8, rest = l->dims->filter.n - TQ_WORD_BITS * word;
  const uint32_t there = rest < TQ_WORD_BITS ? (1u << rest) - 1 : UINT32_MAX;

  for (int32_t x = 0; x < AT_ONCE; x++) {
    uint32_t above[3] = {0}, flip = 0, planes[2] = {0};
    for (int32_t byte = 4 * word; byte < bytes && byte < 4 * word + 4; byte++) {
      flip |= (uint32_t)l->flip[byte] << byte % 4 * 8;
      for (int32_t k = 0; k < levels - 1; k++) {
        above[k] |= (uint32_t)l->marks[(k * bytes + byte) * l->lanes + lane + x] << byte % 4 * 8;
      }
    }
    tq_quantize_planes(above, levels, flip, planes);
    to->words[0][x] = planes[0] & there;
    to->words[1][x] = planes[1] & there;
  }
}

#endif

/* Positions have `row` words. */
static void put(const codes *from, int32_t planes, int32_t count, int32_t row, int32_t *output) {
#if TQ_NEON
  for (int32_t x = 0; planes == 2 && row == 2 && count == AT_ONCE && x < AT_ONCE; x += 4) {
    const uint32x4x2_t both = {{vld1q_u32(from->words[0] + x), vld1q_u32(from->words[1] + x)}};
    vst2q_u32((uint32_t *)(void *)(output + 2 * x), both);
  }
  if (planes == 2 && row == 2 && count == AT_ONCE) return;
#endif
  if (row == 1 && count == AT_ONCE) {
    memcpy(output, from->words[0], sizeof from->words[0]);
    return;
  }
  for (int32_t m = 0; m < planes; m++) {
    int32_t *to = output + m * (row / planes);
    for (int32_t x = 0; x < count; x++, to += row) *to = (int32_t)from->words[m][x];
  }
}

void tq_neon_nibbles_put_codes(const tq_nibbles *l, int32_t lane, int32_t count, int32_t row, int32_t *output) {
  const int32_t levels = l->params->output.levels, n = l->dims->filter.n;
  const int32_t words = tq_bits_words(n), planes = tq_bits_planes(levels);
  int32_t *to = output + row * planes * words;

  for (int32_t x = 0; x < count; x += AT_ONCE, to += AT_ONCE * planes * words) {
    const int32_t some = count - x < AT_ONCE ? count - x : AT_ONCE;
    for (int32_t word = 0; word < words; word++) {
      codes all;
      switch (levels) {
        case 2: take(2, l, lane + x, word, &all); break;
        case 3: take(3, l, lane + x, word, &all); break;
        default: take(4, l, lane + x, word, &all);
      }
      put(&all, planes, some, planes * words, to + word);
    }
  }
}
