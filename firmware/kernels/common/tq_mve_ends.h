/* Ends of inline assembly that leaves sums of 16 lanes as bytes in a register: they begin D, or are added to it, also twice or four times. It has
 * q0 to q3 free, and names `sums` and `start`. */
#ifndef TQ_MVE_ENDS_H
#define TQ_MVE_ENDS_H

#define TQ_MVE_BEGIN_LANES(q, even, odd)                     \
  "vmovlb.s8 q0, " q "\n"                       \
  "vadd.i16 q0, q0, %[start]\n"                 \
  "vstrh.16 q0, [%[sums], #" even "]\n"         \
  "vmovlt.s8 q1, " q "\n"                       \
  "vadd.i16 q1, q1, %[start]\n"                 \
  "vstrh.16 q1, [%[sums], #" odd "]\n"
#define TQ_MVE_ADD_WIDENED(bottom, top, even, odd) \
  bottom                                           \
  "vldrh.16 q2, [%[sums], #" even "]\n"            \
  "vadd.i16 q0, q0, q2\n"                          \
  "vstrh.16 q0, [%[sums], #" even "]\n" top        \
  "vldrh.16 q3, [%[sums], #" odd "]\n"             \
  "vadd.i16 q1, q1, q3\n"                          \
  "vstrh.16 q1, [%[sums], #" odd "]\n"
#define TQ_MVE_ADD_LANES(q, even, odd) \
  TQ_MVE_ADD_WIDENED("vmovlb.s8 q0, " q "\n", "vmovlt.s8 q1, " q "\n", even, odd)
#define TQ_MVE_ADD_LANES_TWICE(q, even, odd) \
  TQ_MVE_ADD_WIDENED("vshllb.s8 q0, " q ", #1\n", "vshllt.s8 q1, " q ", #1\n", even, odd)
#define TQ_MVE_ADD_LANES_4_TIMES(q, even, odd) \
  TQ_MVE_ADD_WIDENED("vshllb.s8 q0, " q ", #2\n", "vshllt.s8 q1, " q ", #2\n", even, odd)

#endif
