#include "tq_mve_rows.h"

#if TQ_MVE

/* Sixteen taps, `at` bytes from x on, of four positions: w is their register. */
#define TAPS(multiply, w, at)                          \
  "vldrb.8 q4, [%[x], #" #at "]\n"                     \
  multiply " %[s0], q4, " w "\n"                       \
  "vldrb.8 q5, [%[x], #" #at " + 1]\n"                 \
  multiply " %[s1], q5, " w "\n"                       \
  "vldrb.8 q4, [%[x], #" #at " + 2]\n"                 \
  multiply " %[s2], q4, " w "\n"                       \
  "vldrb.8 q5, [%[x], #" #at " + 3]\n"                 \
  multiply " %[s3], q5, " w "\n"

#define SLIDE(begin, taps)                                                                                   \
  __asm__ volatile("vldrb.8 q0, [%[w]]\n"                                                                    \
                   "vldrb.8 q1, [%[w], #16]\n"                                                               \
                   "vldrb.8 q2, [%[w], #32]\n"                                                               \
                   "vldrb.8 q3, [%[w], #48]\n"                                                               \
                   "dls lr, %[fours]\n"                                                                      \
                   "1:\n" begin taps                                                                         \
                   "adds %[x], #4\n"                                                                         \
                   "strd %[s0], %[s1], [%[sums]], #8\n"                                                      \
                   "strd %[s2], %[s3], [%[sums]], #8\n"                                                      \
                   "le lr, 1b\n"                                                                             \
                   : [x] "+l"(x), [sums] "+r"(sums), [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2),      \
                     [s3] "=&Te"(s3)                                                                         \
                   : [w] "r"(w), [fours] "r"(fours)                                                          \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "lr", "cc", "memory")

#define MORE "ldrd %[s0], %[s1], [%[sums]]\nldrd %[s2], %[s3], [%[sums], #8]\n"
#define FIRST "vmladav.s8"
#define NEXT "vmladava.s8"
#define TAPS_16_TO_32 TAPS(NEXT, "q1", 16)
#define TAPS_32_TO_64 TAPS(NEXT, "q2", 32) TAPS(NEXT, "q3", 48)

static int32_t chunk(const int8_t *x, const int8_t *w, int32_t bytes, int32_t fours, int first, int32_t *sums) {
  int32_t s0, s1, s2, s3;

  if (first && bytes >= 64) {
    SLIDE("", TAPS(FIRST, "q0", 0) TAPS_16_TO_32 TAPS_32_TO_64);
  } else if (bytes >= 64) {
    SLIDE(MORE, TAPS(NEXT, "q0", 0) TAPS_16_TO_32 TAPS_32_TO_64);
  } else if (first && bytes >= 32) {
    SLIDE("", TAPS(FIRST, "q0", 0) TAPS_16_TO_32);
  } else if (bytes >= 32) {
    SLIDE(MORE, TAPS(NEXT, "q0", 0) TAPS_16_TO_32);
  } else if (first) {
    SLIDE("", TAPS(FIRST, "q0", 0));
  } else {
    SLIDE(MORE, TAPS(NEXT, "q0", 0));
  }
  return bytes >= 64 ? 64 : bytes >= 32 ? 32 : 16;
}

void tq_mve_slide(const int8_t *x, const int8_t *w, int32_t bytes, int32_t count, int32_t *sums) {
  for (int32_t done = 0; done < bytes;) {
    done += chunk(x + done, w + done, bytes - done, (count + 3) / 4, done == 0, sums);
  }
}

#else

void tq_mve_slide(const int8_t *x, const int8_t *w, int32_t bytes, int32_t count, int32_t *sums) {
  for (int32_t i = 0; i < (count + 3) / 4 * 4; i++) {
    uint32_t sum = 0;
    for (int32_t k = 0; k < bytes; k++) sum += (uint32_t)(x[i + k] * w[k]);
    sums[i] = (int32_t)sum;
  }
}

#endif
