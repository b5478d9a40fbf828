#include "tq_mve.h"
#include "tq_mve_dense.h"
#include "tq_unpack.h"

#if TQ_MVE

/* Each multiplication by 3 carries a digit out of all bytes. */
#define DIGIT(at)                                       \
  "vmulh.u8 q2, q0, q1\n"                                     \
  "vldrb.8 q3, [%[x], #" #at "]\n"                            \
  "vmladava.s8 %[sum], q2, q3\n"
#define CARRY "vmul.i8 q0, q0, q1\n"

int32_t tq_mve_dot_trits(const uint8_t *packed, int32_t bytes, const int8_t *x) {
  int32_t sum = 0;

  __asm__ volatile("vmov.i8 q1, #3\n"
                   "dlstp.8 lr, %[bytes]\n"
                   "1: vldrb.8 q0, [%[packed]], #16\n"
                   DIGIT(0) CARRY DIGIT(16) CARRY DIGIT(32) CARRY DIGIT(48) CARRY DIGIT(64)
                   "add %[x], %[x], #80\n"
                   "letp lr, 1b\n"
                   : [sum] "+Te"(sum), [packed] "+r"(packed), [x] "+r"(x)
                   : [bytes] "r"(bytes)
                   : "q0", "q1", "q2", "q3", "lr", "memory");
  return sum;
}

#else

int32_t tq_mve_dot_trits(const uint8_t *packed, int32_t bytes, const int8_t *x) {
  int32_t sum = 0;

  for (int32_t j = 0; j < bytes; j++) {
    uint32_t fraction = tq_ternary_fraction(packed[j]);
    for (int32_t k = 0; k < TQ_MVE_TRITS; k++) {
      const int32_t digit = tq_next_trit(&fraction, 3), at = j / 16 * 80 + 16 * k + j % 16;
      sum += digit * x[at];
    }
  }
  return sum;
}

#endif
