#include "tq_mve_depthwise_bits.h"

#if TQ_MVE

#define INLINE static inline __attribute__((always_inline))

/* sum + a + b = sum' + 2 * carry. */
INLINE uint32x4_t full(uint32x4_t *sum, uint32x4_t a, uint32x4_t b) {
  const uint32x4_t one = veorq_u32(*sum, a), carry = vorrq_u32(vandq_u32(*sum, a), vandq_u32(one, b));
  *sum = veorq_u32(one, b);
  return carry;
}

INLINE uint32x4_t half(uint32x4_t *sum, uint32x4_t a) {
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

/* What taps see of a plane, and the weights'. */
typedef struct {
  const uint32_t *const *at;
  uint32x4_t places; /* bytes */
  const uint32_t *w;
} plane_pair;

/* Whether the next tap differs; twice, a constant: half a word, which is there twice. */
INLINE uint32x4_t next(plane_pair *p, int twice) {
  const uint32_t *const at = *p->at++;
  const uint32x4_t w = vldrwq_u32(p->w);

  p->w += TQ_MVE_QUAD;
  if (!twice) return veorq_u32(w, vldrwq_gather_offset_u32(at, p->places));
  return veorq_u32(w, vmulq_n_u32(vldrhq_gather_offset_u32((const uint16_t *)at, p->places), 0x10001u));
}

INLINE uint32x4_t four(plane_pair *p, int twice, uint32x4_t *ones, uint32x4_t *twos) {
  const uint32x4_t a = next(p, twice), low = full(ones, a, next(p, twice));
  const uint32x4_t b = next(p, twice), high = full(ones, b, next(p, twice));
  return full(twos, low, high);
}

/* counts += taps that differ. */
INLINE void count(plane_pair p, int twice, int32_t taps, uint32_t *counts, int32_t digits) {
  uint32_t *const more = counts + 3 * TQ_MVE_QUAD;
  uint32x4_t ones = vldrwq_u32(counts), twos = vldrwq_u32(counts + TQ_MVE_QUAD);
  uint32x4_t fours = vldrwq_u32(counts + 2 * TQ_MVE_QUAD);

  for (; taps >= 8; taps -= 8) {
    const uint32x4_t low = four(&p, twice, &ones, &twos), high = four(&p, twice, &ones, &twos);
    ripple(full(&fours, low, high), more, digits - 3);
  }
  if (taps >= 4) {
    ripple(half(&fours, four(&p, twice, &ones, &twos)), more, digits - 3);
    taps -= 4;
  }
  for (; taps > 0; taps--) ripple(half(&fours, half(&twos, half(&ones, next(&p, twice)))), more, digits - 3);
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

/* Signs that the taps of four positions see: d->window. */
static void copy(const tq_mve_depthwise_bits *d, uint32x4_t y0, uint32x4_t x0, uint32x4_t places) {
  const tq_sliced *const layer = d->layer;
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t words = tq_bits_words(in.c), word = d->twice ? d->to.word / 2 : d->to.word, count = filter.w;
  const int32_t levels = layer->x_levels, right = layer->dilation_w;
  const int32_t *const outside = layer->outside + word;
  const uint32x4_t place[2] = {places, vaddq_n_u32(places, (uint32_t)(4 * words))};
  const uint32x4_t out[2] = {vdupq_n_u32((uint32_t)outside[0]), vdupq_n_u32((uint32_t)outside[levels > 2 ? words : 0])};
  const uint32x4_t width = vdupq_n_u32((uint32_t)in.w), beyond = vdupq_n_u32(1u << 30);
  const uint32_t *const *at = d->inside, *from;
  uint32_t *first = d->window, *second = first + TQ_MVE_QUAD * d->taps;

  for (int32_t fy = 0; fy < filter.h; fy++) {
    const uint32x4_t y = vaddq_n_u32(y0, (uint32_t)(fy * layer->dilation_h));
    uint32x4_t x = vpselq_u32(beyond, x0, vcmpcsq_n_u32(y, (uint32_t)in.h));
    if (levels == 2) {
      COPY(SEE, PUT);
    } else if (levels == 3) {
      COPY(SEE_TWO, PUT_TERNARY);
    } else {
      COPY(SEE_TWO, PUT_TWO);
    }
  }
}

static void count_plane(const tq_mve_depthwise_bits *d, plane_pair p, int32_t shift, uint32_t *counts) {
  if (d->twice) {
    p.places = vaddq_n_u32(p.places, (uint32_t)(d->to.word % 2 * 2));
    count(p, 1, d->taps, counts + TQ_MVE_QUAD * shift, d->digits - shift);
  } else {
    count(p, 0, d->taps, counts + TQ_MVE_QUAD * shift, d->digits - shift);
  }
}

void tq_mve_depthwise_count(const tq_mve_depthwise_bits *d, int32_t i, uint32_t *counts) {
  const tq_sliced *const layer = d->layer;
  const int32_t x_levels = layer->x_levels, w_levels = layer->w_levels, words = tq_bits_words(layer->dims->input.c);
  const uint32x4_t y0 = vldrwq_u32((const uint32_t *)d->block.y0 + i);
  const uint32x4_t x0 = vldrwq_u32((const uint32_t *)d->block.x0 + i);
  const uint32x4_t places = vshlq_n_u32(vldrwq_u32((const uint32_t *)d->block.start + i), 2);
  const int direct = d->direct && are_inside(d, y0, x0), doubled = direct && x_levels == 3;
  const int32_t first = doubled ? 1 : 0; /* of signs, which are both the same */

  for (int32_t k = 0; k < d->digits + 3; k++) vstrwq_u32(counts + TQ_MVE_QUAD * k, vdupq_n_u32(0));
  if (!direct) copy(d, y0, x0, places);
  for (int32_t m = first; m < tq_mve_signs(x_levels); m++) {
    const int32_t shift = doubled || x_levels == 4 ? m : 0;
    plane_pair p = {d->inside, vaddq_n_u32(places, (uint32_t)(4 * m * words)), NULL};
    if (!direct) {
      p.at = d->copied;
      p.places = vaddq_n_u32(vidupq_n_u32(0, 4), (uint32_t)(16 * m * d->taps));
    }
    for (int32_t n = 0; n < tq_mve_signs(w_levels); n++) {
      p.w = d->weights + TQ_MVE_QUAD * n * d->taps;
      count_plane(d, p, shift + (w_levels == 4 ? n : 0), counts);
    }
  }
}

#endif
