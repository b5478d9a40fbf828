/* x86-64: which vector instructions this computer has is asked when a kernel runs. One object file holds the code
 * for each of them, in functions that name what they need; on other processors there is none, and TQ_X86 is 0. */
#ifndef TQ_X86_H
#define TQ_X86_H

#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define TQ_X86 1
#include <immintrin.h>
#else
#define TQ_X86 0
#endif

#define TQ_AVX2 __attribute__((target("avx2,popcnt,bmi,bmi2")))
#define TQ_AVX512                                                                                   \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512vpopcntdq," \
                        "avx2,popcnt,bmi,bmi2")))
/* Of what registers of 64 bytes are stored to: whole cache lines. */
#if TQ_X86
#define TQ_X86_LINES __attribute__((aligned(64)))
#else
#define TQ_X86_LINES
#endif
/* Of what is called from functions of either kind, and becomes part of them. */
#define TQ_INLINED static inline __attribute__((always_inline))
#if defined(__clang__)
#define TQ_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define TQ_UNROLLED _Pragma("GCC unroll 16")
#endif

typedef enum {
  TQ_X86_BASE,  /* what every x86-64 has, and other processors */
  TQ_X86_AVX2,
  TQ_X86_AVX512 /* with VPOPCNTDQ, VNNI and VBMI: Ice Lake, Zen 4 and later */
} tq_x86_level_of;

/* The highest one that this computer has, and that the environment variable TINYQ_X86 (base, avx2, avx512) does
 * not rule out. */
tq_x86_level_of tq_x86_level(void);

#endif
