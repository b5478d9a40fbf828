#include "tq_mve_depthwise_bits.h"

#if TQ_MVE

static inline uint32x4_t half(uint32x4_t *sum, uint32x4_t a) {
  const uint32x4_t carry = vandq_u32(*sum, a);
  *sum = veorq_u32(*sum, a);
  return carry;
}

static inline void ripple(uint32x4_t bits, uint32_t *counts, int32_t digits) {
  for (; digits > 0; digits--, counts += TQ_MVE_QUAD) {
    uint32x4_t sum = vldrwq_u32(counts);
    bits = half(&sum, bits);
    vstrwq_u32(counts, sum);
  }
}

/* Whether the next tap differs. */
#define NEXT(to)                     \
  "vldrw.32 " to ", [%[x]], #16\n"   \
  "vldrw.32 q7, [%[w]], #16\n"       \
  "veor " to ", " to ", q7\n"
/* sum + a + b = sum' + 2 * a'. */
#define FULL(sum, a, b)              \
  "veor q7, " sum ", " a "\n"        \
  "vand " a ", " sum ", " a "\n"     \
  "veor " sum ", q7, " b "\n"        \
  "vand " b ", q7, " b "\n"          \
  "vorr " a ", " a ", " b "\n"
#define FOUR(a, b, c) NEXT(a) NEXT(b) FULL("%q[ones]", a, b) NEXT(b) NEXT(c) FULL("%q[ones]", b, c) FULL("%q[twos]", a, b)
#define COUNT(body)                                                                                          \
  __asm__ volatile(body                                                                                      \
                   : [x] "+r"(x), [w] "+r"(w), [ones] "+w"(ones), [twos] "+w"(twos), [fours] "+w"(fours),    \
                     [more] "=&w"(more), [last] "=&w"(last)                                                                      \
                   :                                                                                         \
                   : "q5", "q6", "q7", "memory")

/* counts += taps whose signs differ. */
static void count(const uint32_t *x, const uint32_t *w, int32_t taps, uint32_t *counts, int32_t digits) {
  uint32_t *const higher = counts + 3 * TQ_MVE_QUAD;
  uint32x4_t ones = vldrwq_u32(counts), twos = vldrwq_u32(counts + TQ_MVE_QUAD);
  uint32x4_t fours = vldrwq_u32(counts + 2 * TQ_MVE_QUAD), more, last;

  for (; taps >= 8; taps -= 8) {
    COUNT(FOUR("%q[more]", "q5", "q6") FOUR("q5", "q6", "%q[last]") FULL("%q[fours]", "%q[more]", "q5"));
    ripple(more, higher, digits - 3);
  }
  if (taps >= 4) {
    COUNT(FOUR("%q[more]", "q5", "q6"));
    ripple(half(&fours, more), higher, digits - 3);
    taps -= 4;
  }
  for (; taps > 0; taps--, x += TQ_MVE_QUAD, w += TQ_MVE_QUAD) {
    const uint32x4_t differs = veorq_u32(vldrwq_u32(x), vldrwq_u32(w));
    ripple(half(&fours, half(&twos, half(&ones, differs))), higher, digits - 3);
  }
  vstrwq_u32(counts, ones);
  vstrwq_u32(counts + TQ_MVE_QUAD, twos);
  vstrwq_u32(counts + 2 * TQ_MVE_QUAD, fours);
}

/* Whether the windows of all four positions are inside the input. */
static int are_inside(const tq_mve_depthwise_bits *d, uint32x4_t y0, uint32x4_t x0) {
  const tq_dims in = d->layer->dims->input;
  if (d->down >= in.h || d->right >= in.w) return 0;
  return (vcmpcsq_n_u32(y0, (uint32_t)(in.h - d->down)) | vcmpcsq_n_u32(x0, (uint32_t)(in.w - d->right))) == 0;
}

/* A row of taps: what lanes whose x is below `width` see of a plane, or of two, and else what is outside. */
#define COPY(see, put)                                                                                       \
  __asm__ volatile("dls lr, %[count]\n"                                                                      \
                   "1: ldr %[from], [%[at]], #4\n" see put                                                   \
                   "vadd.i32 %q[x], %q[x], %[right]\n"                                                       \
                   "le lr, 1b\n"                                                                             \
                   : [at] "+r"(at), [first] "+r"(first), [second] "+r"(second), [from] "=&r"(from), [x] "+w"(x) \
                   : [count] "r"(count), [width] "w"(width), [place] "w"(place[0]), [other] "w"(place[1]),   \
                     [out] "w"(out[0]), [out2] "w"(out[1]), [right] "r"(right)                               \
                   : "q0", "q1", "lr", "memory")
#define INSIDE "vldrw.u32 q0, [%[from], %q[place]]\n"
#define INSIDE_TWO INSIDE "vldrw.u32 q1, [%[from], %q[other]]\n"
#define SEE                                    \
  "vpte.u32 hi, %q[width], %q[x]\n"            \
  "vldrwt.u32 q0, [%[from], %q[place]]\n"      \
  "vmove q0, %q[out]\n"
#define SEE_TWO                                \
  "vpttee.u32 hi, %q[width], %q[x]\n"          \
  "vldrwt.u32 q0, [%[from], %q[place]]\n"      \
  "vldrwt.u32 q1, [%[from], %q[other]]\n"      \
  "vmove q0, %q[out]\n"                        \
  "vmove q1, %q[out2]\n"
#define PUT "vstrw.32 q0, [%[first]], #16\n"
#define PUT_TWO PUT "vstrw.32 q1, [%[second]], #16\n"
#define PUT_TERNARY "vorn q0, q1, q0\n" PUT_TWO /* there, minus -> two signs */

/* Half a word of each, twice. */
static void double_halves(uint32_t *words, int32_t upper, int32_t count) {
  for (; count > 0; count--, words += TQ_MVE_QUAD) {
    const uint32x4_t x = vldrwq_u32(words);
    vstrwq_u32(words, upper ? vsriq_n_u32(x, x, 16) : vsliq_n_u32(x, x, 16));
  }
}

/* What four positions see, and how. */
typedef struct {
  uint32x4_t y0, x0, places;
  int32_t planes, inside; /* of the input, or one for both signs of ternary codes that are not 0; no tap is outside */
} quad;

/* Signs that the taps see: d->window. */
static void copy(const tq_mve_depthwise_bits *d, const quad *q) {
  const tq_sliced *const layer = d->layer;
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t words = tq_bits_words(in.c), word = d->twice ? d->to.word / 2 : d->to.word;
  const int32_t rows = q->inside ? 1 : filter.h, count = q->inside ? d->taps : filter.w;
  const int32_t levels = layer->x_levels, right = layer->dilation_w, both = levels == 3 && q->planes == 1;
  const int32_t *const outside = layer->outside + word;
  const uint32x4_t next = vaddq_n_u32(q->places, (uint32_t)(4 * words));
  const uint32x4_t place[2] = {both ? next : q->places, next};
  const uint32x4_t out[2] = {vdupq_n_u32((uint32_t)outside[0]), vdupq_n_u32((uint32_t)outside[levels > 2 ? words : 0])};
  const uint32x4_t width = vdupq_n_u32((uint32_t)in.w), beyond = vdupq_n_u32(1u << 30);
  const uint32_t *const *at = d->inside, *from;
  uint32_t *first = d->window, *second = first + TQ_MVE_QUAD * d->taps;

  for (int32_t fy = 0; fy < rows; fy++) {
    const uint32x4_t y = vaddq_n_u32(q->y0, (uint32_t)(fy * layer->dilation_h));
    uint32x4_t x = vpselq_u32(beyond, q->x0, vcmpcsq_n_u32(y, (uint32_t)in.h));
    if (q->inside && q->planes == 1) {
      COPY(INSIDE, PUT);
    } else if (q->inside && levels == 4) {
      COPY(INSIDE_TWO, PUT_TWO);
    } else if (q->inside) {
      COPY(INSIDE_TWO, PUT_TERNARY);
    } else if (q->planes == 1) {
      COPY(SEE, PUT);
    } else if (levels == 3) {
      COPY(SEE_TWO, PUT_TERNARY);
    } else {
      COPY(SEE_TWO, PUT_TWO);
    }
  }
  if (d->twice) double_halves(d->window, d->to.word % 2, q->planes * d->taps);
}

void tq_mve_depthwise_count(const tq_mve_depthwise_bits *d, int32_t i, uint32_t *counts) {
  const int32_t x_levels = d->layer->x_levels, w_levels = d->layer->w_levels, taps = d->taps;
  quad q = {vldrwq_u32((const uint32_t *)d->block.y0 + i), vldrwq_u32((const uint32_t *)d->block.x0 + i),
            vshlq_n_u32(vldrwq_u32((const uint32_t *)d->block.start + i), 2), tq_mve_signs(x_levels), 0};
  int32_t twice = 0;

  q.inside = are_inside(d, q.y0, q.x0);
  if (x_levels == 3 && q.inside && d->only_signs) {
    q.planes = 1;
    twice = 1;
  }
  copy(d, &q);
  tq_mve_fill((int8_t *)counts, 0, 4 * TQ_MVE_QUAD * (d->digits + 3));
  for (int32_t m = 0; m < q.planes; m++) {
    for (int32_t n = 0; n < tq_mve_signs(w_levels); n++) {
      const int32_t shift = twice + (x_levels == 4 ? m : 0) + (w_levels == 4 ? n : 0);
      count(d->window + TQ_MVE_QUAD * m * taps, d->weights + TQ_MVE_QUAD * n * taps, taps,
            counts + TQ_MVE_QUAD * shift, d->digits - shift);
    }
  }
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_count(const tq_mve_depthwise_bits *d, int32_t i, uint32_t *counts) {
  (void)d;
  (void)i;
  (void)counts;
}

#endif
