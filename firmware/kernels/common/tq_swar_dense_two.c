#include "tq_swar_dense.h"

#if TQ_SWAR_THUMB
/* r0: codes, r1: the field's table, r2: where in it, r3, r4: units of the two outputs, r5: mask of a field, r6: what is
 * found, r7: bytes between the outputs' codes; sums in r8, r9. */
#define LOOK(index, unit, sum) index(unit) "ldrsh r6, [r1, r2]\n" "add " sum ", r6\n"
#define FIELD(index, bytes) LOOK(index, "r3", "r8") LOOK(index, "r4", "r9") "adds r1, #" bytes "\n"
#define LEFT_1(unit) "lsls r2, " unit ", #1\nands r2, r5\n"
#define RIGHT_3(unit) "lsrs r2, " unit ", #3\nands r2, r5\n"
#define RIGHT_4(unit) "lsrs r2, " unit ", #4\nands r2, r5\n"
#define RIGHT_7(unit) "lsrs r2, " unit ", #7\nands r2, r5\n"
#define RIGHT_11(unit) "lsrs r2, " unit ", #11\nands r2, r5\n"
#define HIGHEST(unit) "lsrs r2, " unit ", #10\n" /* of ternary codes; bit 10 is 0 */
#define TWO(mask, FIELDS)                                              \
  register const uint16_t *r0 __asm__("r0") = codes;                   \
  register const int16_t *r1 __asm__("r1") = tables;                   \
  register int32_t *r2 __asm__("r2") = sums;                           \
  register int32_t r3 __asm__("r3") = 2 * row_units;                   \
  register const uint16_t *r4 __asm__("r4") = codes + units;           \
  __asm__ volatile(                                                    \
      ".syntax unified\n"                                              \
      "push {r2, r7}\n" /* r7: the compiler's where it does not optimize */ \
      "mov r7, r3\n"                                                   \
      "mov r12, r4\n"                                                  \
      "ldm r2!, {r3, r4}\n"                                            \
      "mov r8, r3\n"                                                   \
      "mov r9, r4\n"                                                   \
      "movs r5, #" mask "\n"                                           \
      "1:\n"                                                           \
      "ldrh r3, [r0]\n"                                                \
      "ldrh r4, [r0, r7]\n"                                            \
      "adds r0, #2\n"                                                  \
      FIELDS                                                           \
      "cmp r0, r12\n"                                                  \
      "bne 1b\n"                                                       \
      "pop {r2, r7}\n"                                                 \
      "mov r3, r8\n"                                                   \
      "mov r4, r9\n"                                                   \
      "stm r2!, {r3, r4}\n"                                            \
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)               \
      :                                                                \
      : "r5", "r6", "r8", "r9", "r12", "cc", "memory")

static void ternary_two(int32_t *sums, const uint16_t *codes, int32_t row_units, int32_t units,
                        const int16_t *tables) {
  TWO("0x3e", FIELD(LEFT_1, "54") FIELD(RIGHT_4, "54") FIELD(HIGHEST, "54"));
}

static void binary_two(int32_t *sums, const uint16_t *codes, int32_t row_units, int32_t units,
                       const int16_t *tables) {
  TWO("0x1e", FIELD(LEFT_1, "32") FIELD(RIGHT_3, "32") FIELD(RIGHT_7, "32") FIELD(RIGHT_11, "32"));
}

void tq_swar_dense_two(int32_t *sums, const uint16_t *codes, int32_t row_units, int32_t units, int ternary,
                       const int16_t *tables) {
  if (tq_swar_ternary(ternary)) {
    ternary_two(sums, codes, row_units, units, tables);
  } else {
    binary_two(sums, codes, row_units, units, tables);
  }
}
#else
void tq_swar_dense_two(int32_t *sums, const uint16_t *codes, int32_t row_units, int32_t units, int ternary,
                       const int16_t *tables) {
  for (int32_t i = 0; i < units; i++, codes++) {
    for (int32_t k = 0; k < tq_swar_fields(ternary); k++, tables += tq_swar_entries(ternary)) {
      sums[0] += tables[tq_swar_field(codes[0], k, ternary)];
      sums[1] += tables[tq_swar_field(codes[row_units], k, ternary)];
    }
  }
}
#endif
