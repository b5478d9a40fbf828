#include "tq_swar_conv_2d.h"

#if TQ_SWAR_THUMB
/* r0: codes, r1: the field's table, r2: what is found, r3: the unit, lr: bytes of a table; sums in r8..r11, as gcc 12
 * has no load of four words for neighbours, and sums in high registers cost nothing to add to. */
#define FIELD(index)      \
  index                   \
  "add r2, r1\n"          \
  "ldm r2!, {r4-r7}\n"    \
  "add r8, r4\n"          \
  "add r9, r5\n"          \
  "add r10, r6\n"         \
  "add r11, r7\n"         \
  "add r1, lr\n"
#define LOWEST(bits, five) "lsls r2, r3, #" bits "\n" "lsrs r2, r2, #" five "\n"
#define MIDDLE(up, down) "lsls r2, r3, #" up "\n" "lsrs r2, r2, #" down "\n" "lsls r2, r2, #4\n"
#define HIGHEST(down) "lsrs r2, r3, #" down "\n" "lsls r2, r2, #4\n"
#define TERNARY FIELD(LOWEST("27", "23")) FIELD(MIDDLE("22", "27")) FIELD(HIGHEST("11"))
#define BINARY \
  FIELD(LOWEST("28", "24")) FIELD(MIDDLE("24", "28")) FIELD(MIDDLE("20", "28")) FIELD(HIGHEST("12"))

/* On the stack: the filter's lanes, tables, the end of lanes, bytes of a block, bytes between blocks. */
#define LOOK_UP(FIELDS, table_bytes)                               \
  register uint32_t *r0 __asm__("r0") = lanes;                     \
  register const uint16_t *r1 __asm__("r1") = codes;               \
  register const uint32_t *r2 __asm__("r2") = tables;              \
  register const uint32_t *r3 __asm__("r3") = lanes + 4 * filters; \
  register int32_t r4 __asm__("r4") = 2 * units;                   \
  register int32_t r5 __asm__("r5") = 2 * (row_units - units);     \
  register int32_t r6 __asm__("r6") = table_bytes;                 \
  __asm__ volatile(                                                \
      ".syntax unified\n" /* gcc 12 asks for the old one in the smallest cores' code */ \
      "push {r7}\n" /* the compiler's where it does not optimize */ \
      "mov lr, r6\n"                                               \
      "push {r0, r2, r3, r4, r5}\n"                                \
      "1:\n"                                                       \
      "str r0, [sp]\n"                                             \
      "ldm r0!, {r4-r7}\n"                                         \
      "mov r8, r4\n"                                               \
      "mov r9, r5\n"                                               \
      "mov r10, r6\n"                                              \
      "mov r11, r7\n"                                              \
      "mov r0, r1\n"                                               \
      "ldr r2, [sp, #12]\n"                                        \
      "add r2, r0\n"                                               \
      "mov r12, r2\n"                                              \
      "ldr r1, [sp, #4]\n"                                         \
      "2:\n"                                                       \
      "ldrh r3, [r0]\n"                                            \
      "adds r0, #2\n"                                              \
      FIELDS                                                       \
      "cmp r0, r12\n"                                              \
      "bne 2b\n"                                                   \
      "ldr r1, [sp, #16]\n"                                        \
      "add r1, r0\n"                                               \
      "mov r4, r8\n"                                               \
      "mov r5, r9\n"                                               \
      "mov r6, r10\n"                                              \
      "mov r7, r11\n"                                              \
      "ldr r0, [sp]\n"                                             \
      "stm r0!, {r4-r7}\n"                                         \
      "ldr r2, [sp, #8]\n"                                         \
      "cmp r0, r2\n"                                               \
      "bne 1b\n"                                                   \
      "add sp, #20\n"                                              \
      "pop {r7}\n"                                                 \
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6) \
      :                                                            \
      : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

static void ternary_units(uint32_t *lanes, const uint16_t *codes, int32_t row_units, int32_t units, int32_t filters,
                          const uint32_t *tables) {
  LOOK_UP(TERNARY, 16 * 27);
}

static void binary_units(uint32_t *lanes, const uint16_t *codes, int32_t row_units, int32_t units, int32_t filters,
                         const uint32_t *tables) {
  LOOK_UP(BINARY, 16 * 16);
}

void tq_swar_look_up(uint32_t *lanes, const uint16_t *codes, int32_t row_units, int32_t units, int32_t filters,
                     int ternary, const uint32_t *tables) {
  if (tq_swar_ternary(ternary)) {
    ternary_units(lanes, codes, row_units, units, filters, tables);
  } else {
    binary_units(lanes, codes, row_units, units, filters, tables);
  }
}
#else
void tq_swar_look_up(uint32_t *lanes, const uint16_t *codes, int32_t row_units, int32_t units, int32_t filters,
                     int ternary, const uint32_t *tables) {
  for (; filters > 0; filters--, lanes += TQ_SWAR_WORDS, codes += row_units) {
    const uint32_t *table = tables;
    for (int32_t i = 0; i < units; i++) {
      for (int32_t k = 0; k < tq_swar_fields(ternary); k++, table += tq_swar_entries(ternary) * TQ_SWAR_WORDS) {
        const uint32_t *const sum = table + tq_swar_field(codes[i], k, ternary) * TQ_SWAR_WORDS;
        for (int32_t word = 0; word < TQ_SWAR_WORDS; word++) lanes[word] += sum[word];
      }
    }
  }
}
#endif
