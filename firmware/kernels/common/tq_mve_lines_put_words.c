#include "tq_bits.h"
#include "tq_mve_lines.h"
#include "tq_quantize_planes.h"

#if TQ_MVE
#define MARK(d, load)                                                                                        \
  __asm__ volatile("wlstp.16 lr, %[count], 2f\n"                                                             \
                   "1: " load "\n"                                                                           \
                   "vldrb.u16 q1, [%[marks]]\n"                                                              \
                   "vpt.u16 cs, q0, %[limit]\n"                                                              \
                   "vaddt.i16 q1, q1, %[bit]\n"                                                              \
                   "vstrb.16 q1, [%[marks]], #8\n"                                                           \
                   "letp lr, 1b\n"                                                                           \
                   "2:\n"                                                                                    \
                   : [from] "+l"(d), [marks] "+l"(marks)                                                     \
                   : [count] "r"(count), [limit] "r"(limit), [bit] "r"(bit)                                  \
                   : "q0", "q1", "lr", "memory")
#endif

/* Where D is not less than the limit, the sum is not above the threshold. */
static void mark(const tq_mve_lines *l, int32_t limit, int32_t bit, int32_t count, uint8_t *marks) {
  const uint8_t *bytes = l->bytes;
  const uint16_t *sums = l->sums;
#if TQ_MVE
  if (l->wide) {
    MARK(sums, "vldrh.16 q0, [%[from]], #16");
  } else {
    MARK(bytes, "vldrb.u16 q0, [%[from]], #8");
  }
#else
  for (int32_t i = 0; i < count; i++) marks[i] |= (uint8_t)((l->wide ? sums[i] : bytes[i]) >= limit ? bit : 0);
#endif
}

/* What D must be less than for the sum to be above a threshold. */
static int32_t limit_of(const tq_sliced *layer, int32_t given) {
  const int32_t largest = layer->largest;
  const int32_t threshold = tq_clamp(given, -largest - 1, largest);
  return tq_clamp((largest - threshold * layer->divisor + 1) >> 1, 0, largest + 1);
}

/* Marks -> codes, four positions a word. */
static void put_codes(const tq_mve_lines *l, int32_t levels, uint32_t flip, int32_t count) {
  uint32_t *const first = (uint32_t *)(void *)l->marks, *const second = first + l->sizes.block / 4;
  uint32_t *const third = second + l->sizes.block / 4;

  for (int32_t i = 0; i < (count + 3) / 4; i++) {
    const uint32_t above[] = {~first[i], levels > 2 ? ~second[i] : 0, levels > 3 ? ~third[i] : 0};
    uint32_t planes[2];
    tq_quantize_planes(above, levels, flip, planes);
    first[i] = planes[0];
    if (levels > 2) second[i] = planes[1];
  }
}

/* Bytes, but for bits that are no channel's, -> every `step`-th. */
static void put_every(const uint8_t *bytes, uint32_t there, int32_t step, int32_t count, uint8_t *to) {
#if TQ_MVE
  const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step), mask = vdupq_n_u16((uint16_t)there);
  __asm__ volatile("wlstp.16 lr, %[count], 2f\n"
                   "1: vldrb.u16 q0, [%[bytes]], #8\n"
                   "vand q0, q0, %q[mask]\n"
                   "vstrb.16 q0, [%[to], %q[places]]\n"
                   "add %[to], %[to], %[eighth]\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : [bytes] "+l"(bytes), [to] "+r"(to)
                   : [count] "r"(count), [mask] "w"(mask), [places] "w"(places), [eighth] "r"(8 * step)
                   : "q0", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i * step] = (uint8_t)(bytes[i] & there);
#endif
}

void tq_mve_lines_put_words(const tq_mve_lines *l, int32_t o, int32_t position, int32_t count) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t channels = l->layer->dims->output.c, levels = how->levels, row = tq_bits_row(channels, levels);
  const int32_t bit = o % 8, first = o - bit;
  uint8_t *const to = (uint8_t *)l->layer->output + 4 * position * row + first / 8;
  uint32_t flip = 0;

  if (bit == 0) tq_mve_fill((int8_t *)l->marks, 0, TQ_MVE_LINES_CUTS * l->sizes.block);
  for (int32_t i = 0; i < levels - 1; i++) {
    const int32_t limit = limit_of(l->layer, how->thresholds[o * (levels - 1) + i]);
    if (limit <= l->layer->largest) mark(l, limit, 1 << bit, count, l->marks + i * l->sizes.block);
  }
  if (bit < 7 && o < channels - 1) return;
  for (int32_t k = first; how->flip && k <= o; k++) flip |= 0x01010101u * (uint32_t)how->flip[k] << (k - first);
  put_codes(l, levels, flip, count);
  for (int32_t plane = 0; plane < tq_bits_planes(levels); plane++) {
    const uint32_t there = (2u << bit) - 1;
    put_every(l->marks + plane * l->sizes.block, there, 4 * row, count, to + 4 * plane * tq_bits_words(channels));
  }
}
