#include "tq_swar_conv_2d.h"

#if TQ_SWAR_THUMB
/* Entries at r2, plus the words in r8..r11, to r3: three of them. */
#define ADD_ENTRY          \
  "ldm r2!, {r4-r7}\n"     \
  "add r4, r8\n"           \
  "add r5, r9\n"           \
  "add r6, r10\n"          \
  "add r7, r11\n"          \
  "stm r3!, {r4-r7}\n"
#define ADD_THREE ADD_ENTRY ADD_ENTRY ADD_ENTRY
#define KEEP "mov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\n"
#define NEGATE "negs r4, r4\nnegs r5, r5\nnegs r6, r6\nnegs r7, r7\n"
/* r2: entry `from`, r3: entry `to` of the table at r1. */
#define FROM_TO(from, to) "movs r2, r1\nadds r2, #16 * " from "\nmovs r3, r1\nadds r3, #16 * " to "\n"
#define NINE(mark) mark ":\n" ADD_THREE "cmp r2, r12\nbne " mark "b\n"

/* 27 sums of three taps, for each of the fields: those of the last tap in the middle, then on either side of what there
 * is the same with one tap more. Four words at a time, which gcc 12 does not load. */
static void put_ternary(const uint32_t *x, uint32_t *tables, int32_t fields) {
  register const uint32_t *r0 __asm__("r0") = x;
  register uint32_t *r1 __asm__("r1") = tables;
  register const uint32_t *r2 __asm__("r2") = x + 3 * TQ_SWAR_WORDS * fields;

  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" /* the compiler's where it does not optimize */
      "mov lr, r2\n"
      "1:\n"
      "movs r3, r1\n"
      "adds r3, #16 * 14\n"
      "movs r2, r0\n"
      "adds r2, #32\n"
      "ldm r2!, {r4-r7}\n"
      "stm r3!, {r4-r7}\n"
      NEGATE
      "subs r3, #16 * 3\n"
      "stm r3!, {r4-r7}\n"
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "movs r7, #0\n"
      "stm r3!, {r4-r7}\n"
      "movs r2, r0\n"
      "adds r2, #16\n"
      "ldm r2!, {r4-r7}\n"
      KEEP
      FROM_TO("12", "15")
      ADD_THREE
      "movs r2, r0\n"
      "adds r2, #16\n"
      "ldm r2!, {r4-r7}\n"
      NEGATE
      KEEP
      FROM_TO("12", "9")
      ADD_THREE
      "ldm r0!, {r4-r7}\n"
      KEEP
      FROM_TO("15", "9")
      "adds r2, #16 * 3\n"
      "mov r12, r2\n"
      "movs r2, r3\n"
      "adds r3, #16 * 9\n"
      NINE("2")
      "subs r0, #16\n"
      "ldm r0!, {r4-r7}\n"
      NEGATE
      KEEP
      FROM_TO("9", "0")
      NINE("3")
      "adds r0, #32\n"
      "movs r1, r3\n"
      "adds r1, #16 * 9\n"
      "adds r1, #16 * 9\n"
      "cmp r0, lr\n"
      "beq 4f\n"
      "b 1b\n" /* further than a condition reaches */
      "4:\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2)
      :
      : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
/* 27 sums of three taps, for each of the fields. */
static void put_ternary(const uint32_t *x, uint32_t *tables, int32_t fields) {
  for (; fields > 0; fields--, x += 3 * TQ_SWAR_WORDS) {
    for (uint32_t i = 0; i < 27; i++, tables += TQ_SWAR_WORDS) {
      for (int32_t k = 0; k < TQ_SWAR_WORDS; k++) {
        const uint32_t first = (i / 9 - 1) * x[k], second = (i / 3 % 3 - 1) * x[TQ_SWAR_WORDS + k];
        tables[k] = first + second + (i % 3 - 1) * x[2 * TQ_SWAR_WORDS + k];
      }
    }
  }
}
#endif

static inline uint32_t *put_four(uint32_t *table, uint32_t sum, uint32_t same, uint32_t other) {
  table[0] = sum + same;
  table[TQ_SWAR_WORDS] = sum - other;
  table[2 * TQ_SWAR_WORDS] = sum + other;
  table[3 * TQ_SWAR_WORDS] = sum - same;
  return table + 4 * TQ_SWAR_WORDS;
}

/* 16 sums of four taps, for each of the fields. */
static void put_binary(const uint32_t *x, uint32_t *tables, int32_t fields) {
  for (; fields > 0; fields--, x += 3 * TQ_SWAR_WORDS, tables += 15 * TQ_SWAR_WORDS) {
    for (const uint32_t *const end = x + TQ_SWAR_WORDS; x < end; x++, tables++) {
      const uint32_t same = x[0] + x[TQ_SWAR_WORDS], other = x[0] - x[TQ_SWAR_WORDS];
      const uint32_t c = x[2 * TQ_SWAR_WORDS], d = x[3 * TQ_SWAR_WORDS];
      uint32_t *table = put_four(tables, c + d, same, other);
      table = put_four(table, d - c, same, other);
      table = put_four(table, c - d, same, other);
      put_four(table, 0 - c - d, same, other);
    }
  }
}

void tq_swar_set_tables(const uint32_t *x, int32_t units, int ternary, uint32_t *tables) {
  const int32_t fields = units * tq_swar_fields(ternary);

  if (tq_swar_ternary(ternary)) {
    put_ternary(x, tables, fields);
  } else {
    put_binary(x, tables, fields);
  }
}
