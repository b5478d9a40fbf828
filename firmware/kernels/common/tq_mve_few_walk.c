#include "tq_mve_few.h"

#if TQ_MVE
/* Four positions: q0 to q3 are their sums, marks where these are at least what the last look-up, or 0, is. */
#define FOUR "{r4, r5, r6, r8}"
#define LOAD(to, from, at) "vldrw.32 " to ", [" from ", #" at "]\n"
#define LOOK(list, at, a, b, c, d)  \
  "ldm %[" list "]!, " FOUR "\n"    \
  LOAD(a, "r4", at) LOAD(b, "r5", at) LOAD(c, "r6", at) LOAD(d, "r8", at)
#define NEXT(list, at)                         \
  LOOK(list, at, "q4", "q5", "q6", "q7")       \
  "vadd.i8 q0, q0, q4\n"                       \
  "vadd.i8 q1, q1, q5\n"                       \
  "vadd.i8 q2, q2, q6\n"                       \
  "vadd.i8 q3, q3, q7\n"
#define MARK(to, sum, least) "vcmp.s8 ge, " sum ", " least "\n vmrs " to ", p0\n"
#define MARKS(a, b, c, d)                                                                    \
  MARK("r4", "q0", a) MARK("r5", "q1", b) MARK("r6", "q2", c) MARK("r8", "q3", d)            \
  "stm %[marks]!, " FOUR "\n"                                                                \
  "le lr, 1b\n"
#define LAST(list, at) LOOK(list, at, "q4", "q5", "q6", "q7") MARKS("q4", "q5", "q6", "q7")
#define WALK(looks)                                                                                            \
  __asm__ volatile("wls lr, %[fours], 2f\n"                                                                    \
                   "1:\n" LOOK("p0", "0", "q0", "q1", "q2", "q3") looks                                        \
                   "2:\n"                                                                                      \
                   : [p0] "+r"(p0), [p1] "+r"(p1), [p2] "+r"(p2), [p3] "+r"(p3), [marks] "+r"(marks)            \
                   : [fours] "r"(fours)                                                                        \
                   : "r4", "r5", "r6", "r8", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")
#endif

void tq_mve_few_walk(const tq_mve_few *few, const uint32_t *const *places, int32_t fours, uint32_t *marks) {
  const int32_t lookups = few->plan.lookups;
#if TQ_MVE
  const uint32_t *p0 = places[0], *p1 = lookups > 1 ? places[1] : p0, *p2 = lookups > 2 ? places[2] : p0;
  const uint32_t *p3 = lookups > 3 ? places[3] : p0;

  switch (lookups) {
    case 1: WALK(MARKS("zr", "zr", "zr", "zr")); break;
    case 2: WALK(LAST("p1", "16")); break;
    case 3: WALK(NEXT("p1", "16") LAST("p2", "32")); break;
    default: WALK(NEXT("p1", "16") NEXT("p2", "32") LAST("p3", "48")); break;
  }
#else
  const int32_t last = lookups - 1;

  for (int32_t i = 0; i < 4 * fours; i++) {
    marks[i] = 0;
    for (int32_t f = 0; f < TQ_MVE_FEW_LANES; f++) {
      int32_t sum = last == 0 ? (int8_t)few->tables[places[0][i] + (uint32_t)f] : 0;
      int32_t least = 0;
      for (int32_t k = 0; k < last; k++) sum += (int8_t)few->tables[places[k][i] + (uint32_t)(TQ_MVE_FEW_LANES * k + f)];
      if (last > 0) least = (int8_t)few->tables[places[last][i] + (uint32_t)(TQ_MVE_FEW_LANES * last + f)];
      marks[i] |= (uint32_t)(sum >= least) << f;
    }
  }
#endif
}
