#include "tinyq/tq_used.h"
#include "tq_mve_sliced.h"
#include "tq_mve_tables.h"

#define PLANES 2 /* at most, of ternary codes */

/* A word of what the block's positions see of the tap. */
static void gather(const tq_mve_sliced *s, int32_t word) {
  const int32_t *const input = s->layer->input + word;
  const int32_t outside = s->layer->outside[s->group_word + word];

#if TQ_MVE
  const int32_t *seen = s->seen;
  uint32_t *to = s->gathered;
  __asm__ volatile("vdup.32 q2, %[outside]\n"
                   "dls lr, %[fours]\n"
                   "1: vldrw.32 q0, [%[seen]], #16\n"
                   "vpte.s32 ge, q0, zr\n"
                   "vldrwt.u32 q1, [%[input], q0, uxtw #2]\n"
                   "vmove q1, q2\n"
                   "vstrw.32 q1, [%[to]], #16\n"
                   "le lr, 1b\n"
                   : [seen] "+r"(seen), [to] "+r"(to)
                   : [input] "r"(input), [outside] "r"(outside), [fours] "r"(TQ_MVE_BLOCK / 4)
                   : "q0", "q1", "q2", "lr", "memory");
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) s->gathered[i] = (uint32_t)(s->seen[i] >= 0 ? input[s->seen[i]] : outside);
#endif
}

/* Slice k of 32 lanes: a nibble of each. */
static inline tq_sixteen slice_of(tq_sixteen bytes[2][4], int32_t k) {
  const tq_sixteen a = bytes[0][k / 2], b = bytes[1][k / 2];
  return k % 2 ? tq_sixteen_upper(a, b) : tq_sixteen_lower(a, b);
}

/* Half of the tables of a piece, which is of so many channels: of 32 lanes' bytes of each plane. */
static void lay_nibbles(const tq_mve_sliced *s, tq_sixteen bytes[PLANES][2][4], int32_t nibbles, int32_t channels,
                        uint8_t *table) {
  const tq_sixteen all = tq_sixteen_of(0xff);
  uint8_t *const second = table + nibbles * TQ_MVE_TABLE;

  if (TQ_USED_SIGNS && s->layer->x_levels != 3 && !s->pairs) {
    for (int32_t k = 0; k < nibbles; k++) {
      TQ_MVE_LAY_SIGNS(slice_of(bytes[0], k), table + k * TQ_MVE_TABLE, TQ_MVE_ENTRY);
    }
    return;
  }
  for (int32_t k = 0; k < nibbles; k++) {
    /* signs are ternary codes that are never 0 */
    const tq_sixteen there = s->layer->x_levels == 3 ? slice_of(bytes[0], k) : all;
    const tq_sixteen minus = slice_of(bytes[s->layer->x_levels == 3], k);
    if (TQ_USED_HOLES && !s->pairs) {
      const tq_sixteen less = s->holes ? tq_sixteen_of(0x22) : tq_mve_half(there, channels - 4 * k);
      TQ_MVE_LAY_HOLES(there, minus, less, table + k * TQ_MVE_TABLE, TQ_MVE_ENTRY);
    } else if (TQ_USED_PAIRS) {
      TQ_MVE_LAY_PAIR(there, minus, 0, table + k * TQ_MVE_TABLE, TQ_MVE_ENTRY);
      TQ_MVE_LAY_PAIR(there, minus, 2, second + k * TQ_MVE_TABLE, TQ_MVE_ENTRY);
    }
  }
}

/* All tables of a piece. */
static uint8_t *fill_piece(tq_mve_sliced *s, int32_t piece, uint8_t *tables) {
  const int32_t tap = piece / s->words, word = piece % s->words, nibbles = tq_mve_nibbles(s, piece);
  const int32_t planes = s->layer->x_levels == 3 ? 2 : 1, channels = s->layer->dims->filter.c - word * TQ_WORD_BITS;

  if (tap != s->seen_tap) tq_mve_sliced_see(s, tap);
  for (int32_t half = 0; half < 2; half++) {
    tq_sixteen bytes[PLANES][2][4];
    for (int32_t m = 0; m < planes; m++) {
      if (half == 0 || planes > 1) gather(s, (s->x_plane + m) * s->x_words + word);
      tq_sixteen_split(s->gathered + 32 * half, bytes[m][0]);
      tq_sixteen_split(s->gathered + 32 * half + 16, bytes[m][1]);
    }
    lay_nibbles(s, bytes, nibbles, channels, tables + 256 * half);
  }
  return tables + (s->pairs ? 2 : 1) * nibbles * TQ_MVE_TABLE;
}

void tq_mve_sliced_fill(tq_mve_sliced *s, const tq_mve_tile *tile) {
  uint8_t *tables = s->tables;

  for (int32_t piece = tile->first; piece < tile->end; piece++) tables = fill_piece(s, piece, tables);
  tq_mve_fill((int8_t *)tables, 0, (int32_t)(s->tables + tile->tables * TQ_MVE_TABLE - tables));
}
