#include "tq_mve_few.h"

/* What a 0 of a weight adds where the input is 1, and a 1 where it is 0, and the other way round; what sums begin with:
 * they are at least 0 where an output's bit is 1, and so are -1 for filters that are not there. */
typedef struct {
  tq_sixteen plus, minus, begin;
} lanes;

static lanes lanes_of(const tq_mve_few *few, int32_t first) {
  const int32_t left = few->layer->dims->output.c - first;
  const uint32_t flips = few->flips[first / TQ_WORD_BITS] >> first % TQ_WORD_BITS;
  const int16_t *const limits = few->limits + first;
  lanes l;
#if TQ_MVE
  const mve_pred16_t flip = (mve_pred16_t)flips, there = vctp8q((uint32_t)left);
  const uint8x16_t none = vdupq_n_u8(0xff), one = vdupq_n_u8(1), zero = vdupq_n_u8(0);
  const uint8x16_t limit = vld2q_u8((const uint8_t *)limits).val[0];
  l.plus = vpselq_u8(vpselq_u8(none, one, flip), zero, there);
  l.minus = vsubq_u8(zero, l.plus);
  l.begin = vpselq_u8(vpselq_u8(vaddq_u8(limit, none), vsubq_u8(zero, limit), flip), none, there);
#else
  for (int32_t f = 0; f < TQ_MVE_FEW_LANES; f++) {
    const int32_t flip = (int32_t)(flips >> f & 1u), one = f >= left ? 0 : flip ? -1 : 1;
    l.plus.lane[f] = (uint8_t)one;
    l.minus.lane[f] = (uint8_t)-one;
    l.begin.lane[f] = (uint8_t)(f >= left ? -1 : flip ? limits[f] - 1 : -limits[f]);
  }
#endif
  return l;
}

/* Byte `byte` of sixteen words. */
static inline tq_sixteen byte_of(const uint32_t *words, int32_t byte) {
#if TQ_MVE
  return vldrbq_gather_offset_u8((const uint8_t *)words + byte, vidupq_n_u8(0, 4));
#else
  tq_sixteen bytes;
  for (int32_t f = 0; f < 16; f++) bytes.lane[f] = (uint8_t)(words[f] >> 8 * byte);
  return bytes;
#endif
}

/* What bit `bit` of weights adds where the input's is 1; to `begin` what it adds where that is 0. */
static inline tq_sixteen more_of(tq_sixteen weights, int32_t bit, const lanes *l, tq_sixteen *begin) {
  tq_sixteen more;
#if TQ_MVE
  const uint8x16_t mask = vdupq_n_u8((uint8_t)(1 << bit));
  __asm__("vand %q[more], %q[weights], %q[mask]\n"
          "vcmp.i8 ne, %q[more], zr\n"
          "vpsel %q[more], %q[minus], %q[plus]\n"
          "vpst\n"
          "vaddt.i8 %q[begin], %q[begin], %q[plus]\n"
          : [more] "=&w"(more), [begin] "+w"(*begin)
          : [weights] "w"(weights), [mask] "w"(mask), [minus] "w"(l->minus), [plus] "w"(l->plus));
#else
  for (int32_t f = 0; f < 16; f++) {
    const int32_t one = weights.lane[f] >> bit & 1;
    more.lane[f] = one ? l->minus.lane[f] : l->plus.lane[f];
    begin->lane[f] = (uint8_t)(begin->lane[f] + (one ? l->plus.lane[f] : 0));
  }
#endif
  return more;
}

/* Entry 0 of sixteen, `apart` bytes apart -> the others: each differs from the one before in a bit of four. */
TQ_SLICED_INLINE void lay_sixteens(const tq_sixteen *more, int32_t sixteens, const int32_t apart, uint8_t *table) {
#if TQ_MVE
#define ENTRY(how, bit, place) how " q0, q0, %q[" bit "]\n vstrw.32 q0, [%[table], %[" place "]]\n"
#define ADD(bit, place) ENTRY("vadd.i8", bit, place)
#define SUB(bit, place) ENTRY("vsub.i8", bit, place)
  __asm__ volatile("wls lr, %[sixteens], 2f\n"
                   "1: vldrw.u32 q0, [%[table]]\n"
                   "add %[table], %[table], %[half]\n"
                   ADD("a", "m7") ADD("b", "m5") SUB("a", "m6") ADD("c", "m2") ADD("a", "m1") SUB("b", "m3")
                   SUB("a", "m4") ADD("d", "p4") ADD("a", "p5") ADD("b", "p7") SUB("a", "p6") SUB("c", "p2")
                   ADD("a", "p3") SUB("b", "p1") SUB("a", "p0")
                   "add %[table], %[table], %[half]\n"
                   "le lr, 1b\n"
                   "2:\n"
                   : [table] "+r"(table)
                   : [sixteens] "r"(sixteens), [a] "w"(more[0]), [b] "w"(more[1]), [c] "w"(more[2]), [d] "w"(more[3]),
                     [m7] "n"(-7 * apart), [m6] "n"(-6 * apart), [m5] "n"(-5 * apart), [m4] "n"(-4 * apart),
                     [m3] "n"(-3 * apart), [m2] "n"(-2 * apart), [m1] "n"(-apart), [p0] "n"(0), [p1] "n"(apart),
                     [p2] "n"(2 * apart), [p3] "n"(3 * apart), [p4] "n"(4 * apart), [p5] "n"(5 * apart),
                     [p6] "n"(6 * apart), [p7] "n"(7 * apart), [half] "r"(8 * apart)
                   : "q0", "lr", "memory");
#else
  for (; sixteens > 0; sixteens--, table += 16 * apart) {
    for (int32_t k = 1; k < 16; k++) {
      tq_sixteen x = tq_sixteen_load(table);
      for (int32_t bit = 0; bit < 4; bit++) x = k >> bit & 1 ? tq_sixteen_add(x, more[bit]) : x;
      tq_sixteen_store(x, table + k * apart);
    }
  }
#endif
}

/* A look-up's table: each sixteen begin with the sum of their upper bits. */
TQ_SLICED_INLINE void lay_entries(tq_sixteen begin, const tq_sixteen *more, int32_t bits, const int32_t apart, uint8_t *table) {
  tq_sixteen_store(begin, table);
  for (int32_t bit = 4; bit < bits; bit++) {
    const uint8_t *from = table;
    uint8_t *to = table + (apart << bit);
    for (int32_t left = 1 << (bit - 4); left > 0; left--, from += 16 * apart, to += 16 * apart) {
      tq_sixteen_store(tq_sixteen_add(tq_sixteen_load(from), more[bit]), to);
    }
  }
  lay_sixteens(more, 1 << (bits - 4), apart, table);
}

/* A distance that is a constant lets stores have their places. */
static void lay_table(const tq_mve_few *few, tq_sixteen begin, const tq_sixteen *more, uint8_t *table) {
  const int32_t bits = few->plan.bits;

  switch (few->plan.lookups) {
    case 1: lay_entries(begin, more, bits, 16, table); break;
    case 2: lay_entries(begin, more, bits, 32, table); break;
    case 3: lay_entries(begin, more, bits, 48, table); break;
    default: lay_entries(begin, more, bits, 64, table); break;
  }
}

/* Bits of a look-up from tap (row, column) and from `channel` on: what they add, and what an entry of none of them is. */
static tq_sixteen set_bits(const tq_mve_few *few, const lanes *l, const int32_t *weights, int32_t filters, int32_t row,
                           int32_t column, int32_t channel, tq_sixteen begin, tq_sixteen *more) {
  const tq_mve_few_plan plan = few->plan;
  const tq_dims filter = few->layer->dims->filter;
  const int32_t channels = (filter.c + plan.parts - 1) / plan.parts, rest = filter.c - channel;
  const int32_t there = channels < rest ? channels : rest;
  uint32_t words[TQ_MVE_FEW_LANES];

  for (int32_t f = filters; f < TQ_MVE_FEW_LANES; f++) words[f] = 0;
  for (int32_t bit = 0; bit < plan.bits; bit++) more[bit] = tq_sixteen_of(0);
  for (int32_t y = 0; y < plan.rows && row + y < filter.h; y++) {
    for (int32_t x = 0; x < plan.columns && column + x < filter.w; x++) {
      tq_sixteen *to = more + (y * plan.columns + x) * channels;
      tq_mve_gather_words(words, weights + (row + y) * filter.w + column + x, filter.h * filter.w, filters);
      for (int32_t c = channel; c < channel + there; c++) *to++ = more_of(byte_of(words, c / 8), c % 8, l, &begin);
    }
  }
  return begin;
}

void tq_mve_few_lay(const tq_mve_few *few, int32_t first) {
  const tq_mve_few_plan plan = few->plan;
  const tq_dims filter = few->layer->dims->filter;
  const int32_t left = filter.n - first, channels = (filter.c + plan.parts - 1) / plan.parts;
  const int32_t *const weights = few->layer->weights + first * filter.h * filter.w;
  lanes l = lanes_of(few, first);
  tq_sixteen begin = l.begin;

  for (int32_t at = 0; at < plan.lookups; at++, begin = tq_sixteen_of(0)) {
    const int32_t row = at / plan.parts / plan.across * plan.rows, column = at / plan.parts % plan.across * plan.columns;
    tq_sixteen more[TQ_MVE_FEW_BITS];
    if (at > 0 && at == plan.lookups - 1) { /* of which others are at least minus the sum */
      const tq_sixteen plus = l.plus;
      l.plus = l.minus;
      l.minus = plus;
    }
    begin = set_bits(few, &l, weights, left < TQ_MVE_FEW_LANES ? left : TQ_MVE_FEW_LANES, row, column,
                     at % plan.parts * channels, begin, more);
    lay_table(few, begin, more, few->tables + TQ_MVE_FEW_LANES * at);
  }
}
