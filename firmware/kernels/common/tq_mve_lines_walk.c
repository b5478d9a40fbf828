#include "tq_mve_lines.h"

#if TQ_MVE

/* Sums of `groups` look-ups, of 64 positions, 48 or 16. */
static void walk_64(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  const uint8_t *table;
  __asm__ volatile("vmov.i32 q0, #0\n"
                   "vmov.i32 q1, #0\n"
                   "vmov.i32 q2, #0\n"
                   "vmov.i32 q3, #0\n"
                   "dls lr, %[groups]\n"
                   "1: ldr %[table], [%[tables]], #4\n"
                   "vldrb.8 q4, [%[at]]\n"
                   "vldrb.8 q5, [%[at], #16]\n"
                   "vldrb.u8 q6, [%[table], q4]\n"
                   "vldrb.8 q4, [%[at], #32]\n"
                   "vldrb.u8 q7, [%[table], q5]\n"
                   "vldrb.8 q5, [%[at], #48]\n"
                   "vadd.i8 q0, q0, q6\n"
                   "vldrb.u8 q6, [%[table], q4]\n"
                   "vadd.i8 q1, q1, q7\n"
                   "vldrb.u8 q7, [%[table], q5]\n"
                   "vadd.i8 q2, q2, q6\n"
                   "vadd.i8 q3, q3, q7\n"
                   "add %[at], %[at], %[step]\n"
                   "le lr, 1b\n"
                   "vstrb.8 q0, [%[to]]\n"
                   "vstrb.8 q1, [%[to], #16]\n"
                   "vstrb.8 q2, [%[to], #32]\n"
                   "vstrb.8 q3, [%[to], #48]\n"
                   : [tables] "+r"(tables), [at] "+r"(at), [table] "=&r"(table)
                   : [step] "r"(step), [groups] "r"(groups), [to] "r"(to)
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

static void walk_48(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  const uint8_t *table;
  __asm__ volatile("vmov.i32 q0, #0\n"
                   "vmov.i32 q1, #0\n"
                   "vmov.i32 q2, #0\n"
                   "dls lr, %[groups]\n"
                   "1: ldr %[table], [%[tables]], #4\n"
                   "vldrb.8 q4, [%[at]]\n"
                   "vldrb.8 q5, [%[at], #16]\n"
                   "vldrb.u8 q6, [%[table], q4]\n"
                   "vldrb.8 q4, [%[at], #32]\n"
                   "vldrb.u8 q7, [%[table], q5]\n"
                   "vadd.i8 q0, q0, q6\n"
                   "vldrb.u8 q6, [%[table], q4]\n"
                   "vadd.i8 q1, q1, q7\n"
                   "add %[at], %[at], %[step]\n"
                   "vadd.i8 q2, q2, q6\n"
                   "le lr, 1b\n"
                   "vstrb.8 q0, [%[to]]\n"
                   "vstrb.8 q1, [%[to], #16]\n"
                   "vstrb.8 q2, [%[to], #32]\n"
                   : [tables] "+r"(tables), [at] "+r"(at), [table] "=&r"(table)
                   : [step] "r"(step), [groups] "r"(groups), [to] "r"(to)
                   : "q0", "q1", "q2", "q4", "q5", "q6", "q7", "lr", "memory");
}

static void walk_16(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  const uint8_t *table;
  __asm__ volatile("vmov.i32 q0, #0\n"
                   "dls lr, %[groups]\n"
                   "1: vldrb.8 q1, [%[at]]\n"
                   "ldr %[table], [%[tables]], #4\n"
                   "add %[at], %[at], %[step]\n"
                   "vldrb.u8 q2, [%[table], q1]\n"
                   "vadd.i8 q0, q0, q2\n"
                   "le lr, 1b\n"
                   "vstrb.8 q0, [%[to]]\n"
                   : [tables] "+r"(tables), [at] "+r"(at), [table] "=&r"(table)
                   : [step] "r"(step), [groups] "r"(groups), [to] "r"(to)
                   : "q0", "q1", "q2", "lr", "memory");
}

#else

static void walk_16(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  for (int32_t i = 0; i < 16; i++) {
    uint32_t sum = 0;
    for (int32_t g = 0; g < groups; g++) sum += tables[g][at[g * step + i]];
    to[i] = (uint8_t)sum;
  }
}

static void walk_48(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  for (int32_t i = 0; i < 48; i += 16) walk_16(tables, at + i, step, groups, to + i);
}

static void walk_64(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, uint8_t *to) {
  walk_48(tables, at, step, groups, to);
  walk_16(tables, at + 48, step, groups, to + 48);
}

#endif

/* bytes = those of some groups. */
static void walk(const uint8_t *const *tables, const uint8_t *at, int32_t step, int32_t groups, int32_t count,
                 uint8_t *bytes) {
  for (; count > 48; count -= 64, at += 64, bytes += 64) walk_64(tables, at, step, groups, bytes);
  if (count > 32) {
    walk_48(tables, at, step, groups, bytes);
    return;
  }
  for (; count > 0; count -= 16, at += 16, bytes += 16) walk_16(tables, at, step, groups, bytes);
}

/* sums += bytes. */
static void add(const uint8_t *bytes, uint16_t *sums, int32_t count) {
#if TQ_MVE
  __asm__ volatile("wlstp.16 lr, %[count], 2f\n"
                   "1: vldrb.u16 q0, [%[bytes]], #8\n"
                   "vldrh.16 q1, [%[sums]]\n"
                   "vadd.i16 q0, q0, q1\n"
                   "vstrh.16 q0, [%[sums]], #16\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : [bytes] "+l"(bytes), [sums] "+r"(sums)
                   : [count] "r"(count)
                   : "q0", "q1", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + bytes[i]);
#endif
}

void tq_mve_lines_walk(const tq_mve_lines *l, int32_t channel, int32_t count) {
  const uint8_t *at = l->indices + channel * l->sizes.apart;
  const int32_t groups = l->sizes.groups, step = l->sizes.step;

  if (!l->wide) {
    walk(l->table, at, step, groups, count, l->bytes);
    return;
  }
  tq_mve_fill((int8_t *)l->sums, 0, 2 * count);
  for (int32_t g = 0; g < groups; g += l->most, at += l->most * step) {
    walk(l->table + g, at, step, groups - g < l->most ? groups - g : l->most, count, l->bytes);
    add(l->bytes, l->sums, count);
  }
}
