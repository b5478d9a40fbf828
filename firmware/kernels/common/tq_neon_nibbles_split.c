#include "tq_neon_lanes.h"
#include "tq_neon_nibbles.h"

typedef struct {
  const uint32_t *from; /* a word of the first position, of the first plane */
  int32_t row, plane;   /* words from position to position, and to the second plane; 0: none */
  int32_t word, byte;   /* of a plane; of the word */
  int32_t digits;       /* of a nibble */
  int32_t lines, apart;
} part;

/* Bytes of TQ_LANES positions -> lines. */
TQ_INLINE void put(const part *p, tq_lanes first, tq_lanes second, uint8_t *to) {
  const tq_lanes mask = tq_lanes_each((uint8_t)((1 << p->digits) - 1));

  for (int32_t i = p->lines;; to += p->apart) {
    tq_put_lanes(to, (first & mask) | (second & mask) << 2);
    if (--i == 0) return;
    first >>= p->digits;
    second >>= p->digits;
  }
}

/* The last positions, or all of a few. */
static void split_rest(const part *p, int32_t x, int32_t count, uint8_t *to) {
  const uint8_t mask = (uint8_t)((1 << p->digits) - 1);

  for (; x < count; x++) {
    const uint32_t *const at = p->from + x * p->row;
    uint32_t first = at[0] >> 8 * p->byte, second = p->plane > 0 ? at[p->plane] >> 8 * p->byte : 0;
    for (int32_t i = 0; i < p->lines; i++, first >>= p->digits, second >>= p->digits) {
      to[i * p->apart + x] = (uint8_t)((first & mask) | (second & mask) << 2);
    }
  }
}

#if TQ_NEON

/* Byte `byte` of words; of eight positions each the words of two rows. `byte` is a constant. */
TQ_INLINE uint16x8_t halves(uint32x4_t a, uint32x4_t b, int32_t byte) {
  const uint16x8_t first = vreinterpretq_u16_u32(a), second = vreinterpretq_u16_u32(b);
  return byte < 2 ? vuzp1q_u16(first, second) : vuzp2q_u16(first, second);
}
TQ_INLINE tq_lanes bytes_of(const uint32_t *from, int32_t byte) {
  const uint32x4x4_t a = vld1q_u32_x4(from);
  const uint8x16_t first = vreinterpretq_u8_u16(halves(a.val[0], a.val[1], byte));
  const uint8x16_t second = vreinterpretq_u8_u16(halves(a.val[2], a.val[3], byte));
  return byte % 2 ? vuzp2q_u8(first, second) : vuzp1q_u8(first, second);
}

/* Sixteen positions of one word, or of two: planes, or words of one. `byte` is a constant. */
TQ_INLINE void sixteen(int32_t byte, const part *p, const uint32_t *from, uint8_t *to) {
  if (p->row == 1) {
    put(p, bytes_of(from, byte), tq_no_lanes(), to);
    return;
  }
  const tq_lanes low = bytes_of(from, byte), high = bytes_of(from + 16, byte);
  const tq_lanes first = vuzp1q_u8(low, high), second = vuzp2q_u8(low, high);
  put(p, p->word ? second : first, p->plane > 0 ? second : tq_no_lanes(), to);
}

/* By sixteens, the last of which overlap those before. */
TQ_INLINE void sixteens(int32_t byte, const part *whole, int32_t count, uint8_t *to) {
  const part p = *whole; /* a copy, because writing bytes could change it */
  const uint32_t *const from = p.from - p.word;
  int32_t x = 0;

  for (; x + 16 <= count; x += 16) sixteen(byte, &p, from + x * p.row, to + x);
  if (x < count) sixteen(byte, &p, from + (count - 16) * p.row, to + count - 16);
}

/* Returns how many are done. */
static int32_t split_many(const part *p, int32_t count, uint8_t *to) {
  if (count < 16) return 0;
  switch (p->byte) {
    case 0: sixteens(0, p, count, to); break;
    case 1: sixteens(1, p, count, to); break;
    case 2: sixteens(2, p, count, to); break;
    default: sixteens(3, p, count, to);
  }
  return count;
}

#else

static int32_t split_many(const part *p, int32_t count, uint8_t *to) {
  (void)p, (void)count, (void)to;
  return 0;
}

#endif

/* Positions of more words, a byte at a time. */
static void split_wide(const part *p, int32_t count, uint8_t *to) {
  const int32_t planes = p->plane > 0 ? 2 : 1;
  uint8_t bytes[2][TQ_MOST_LANES] = {{0}};
  int32_t x = 0;

  for (; x + TQ_LANES <= count; x += TQ_LANES) {
    for (int32_t m = 0; m < planes; m++) {
      const uint32_t *at = p->from + x * p->row + m * p->plane;
      for (int32_t i = 0; i < TQ_LANES; i++, at += p->row) bytes[m][i] = (uint8_t)(*at >> 8 * p->byte);
    }
    put(p, tq_lanes_at(bytes[0]), tq_lanes_at(bytes[1]), to + x);
  }
  split_rest(p, x, count, to);
}

void tq_neon_nibbles_split(const tq_nibbles *l, const int32_t *input, int32_t count, int32_t byte, int32_t apart,
                           uint8_t *to) {
  const int32_t most = 8 / l->digits, groups = l->groups - byte * most;
  const part p = {.from = (const uint32_t *)(const void *)input + byte / 4, .row = l->words * l->x_planes,
                  .plane = l->x_planes == 2 ? l->words : 0, .word = byte / 4, .byte = byte % 4, .digits = l->digits,
                  .lines = groups < most ? groups : most, .apart = apart};

  if (p.row > 2) {
    split_wide(&p, count, to);
  } else {
    split_rest(&p, split_many(&p, count, to), count, to);
  }
}
