/* A tap at four positions, for assembly: x in r4 to r7, its weight in r3, sums in r8 to r11. 16 bytes. */
#ifndef TQ_SWAR_MULTIPLY_H
#define TQ_SWAR_MULTIPLY_H

#if defined(__thumb2__)
#define TQ_SWAR_MULTIPLY        \
  "mla r8, r4, r3, r8\n"        \
  "mla r9, r5, r3, r9\n"        \
  "mla r10, r6, r3, r10\n"      \
  "mla r11, r7, r3, r11\n"
#else
#define TQ_SWAR_MULTIPLY        \
  "muls r4, r3, r4\n"           \
  "add r8, r4\n"                \
  "muls r5, r3, r5\n"           \
  "add r9, r5\n"                \
  "muls r6, r3, r6\n"           \
  "add r10, r6\n"               \
  "muls r7, r3, r7\n"           \
  "add r11, r7\n"
#endif

#endif
