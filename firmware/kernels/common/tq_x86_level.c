#include "tq_x86.h"

#include <stdlib.h>

#if TQ_X86
/* Whether an environment variable's value is this word. */
static int is(const char *value, const char *word) {
  while (*value != '\0' && *value == *word) {
    value++;
    word++;
  }
  return *value == *word;
}
#endif

tq_x86_level_of tq_x86_level(void) {
#if TQ_X86
  const char *const cap = getenv("TINYQ_X86");

  if (cap != NULL && is(cap, "base")) return TQ_X86_BASE;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt")) {
    return TQ_X86_BASE;
  }
  if (cap != NULL && is(cap, "avx2")) return TQ_X86_AVX2;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni") &&
                 __builtin_cpu_supports("avx512vpopcntdq")
             ? TQ_X86_AVX512
             : TQ_X86_AVX2;
#else
  return TQ_X86_BASE;
#endif
}
