/* How packed rows are walked, for every scheme: inlined with a scheme's constants and its loop over bytes. */
#ifndef TQ_PACKED_WALKS_H
#define TQ_PACKED_WALKS_H

#include "tq_packed_rows.h"

/* Constants of a scheme: digits in a byte, bits of their fields, and the bytes that a half has room for. */
typedef struct {
  int32_t digits, width, max_bytes;
} tq_packing;

/* A byte's fields, anything above them. */
typedef uint32_t tq_byte_fields(uint8_t byte);

/* Those of two aligned rows, in the halves of a word. */
static inline uint32_t tq_two_bytes(tq_byte_fields *fields_of, const uint8_t *byte, int32_t apart) {
  return fields_of(byte[0]) | fields_of(byte[apart]) << 16;
}

/* sums[k] += products of x and all digits of the bytes [byte, end) of row k = 0, ..., rows - 1. */
typedef void tq_rows_of_bytes(const tq_row_input *input, const int8_t *x, const uint8_t *byte,
                              const uint8_t *end, int32_t apart, int32_t rows, int32_t *sums);

static inline void tq_walk_aligned_rows(tq_packing packing, tq_byte_fields *fields_of, tq_rows_of_bytes *sum,
                                        const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                                        const tq_row_input *input, int32_t *sums) {
  const uint8_t *byte = packed + first / packing.digits;
  const int8_t *x = input->x, *const end = x + input->count;
  int32_t skip = first % packing.digits; /* rows begin in mid-byte, too */

  while (x < end) {
    const int32_t left = (int32_t)(end - x);
    if (skip > 0 || left < packing.digits) {
      const int32_t some = left < packing.digits - skip ? left : packing.digits - skip;
      for (int32_t k = 0; k < rows; k += 2) {
        const uint32_t fields = tq_two_bytes(fields_of, byte + k * apart, apart);
        tq_packed_few(input, x, some, fields >> packing.width * skip, sums + k);
      }
      byte++;
      x += some;
      skip = 0;
    } else {
      const int32_t most = packing.digits * packing.max_bytes;
      const int32_t bytes = left < most ? left / packing.digits : packing.max_bytes;
      sum(input, x, byte, byte + bytes, apart, rows, sums);
      byte += bytes;
      x += packing.digits * bytes;
    }
  }
}

/* What comes next in a row: `held` digits, then the bytes at `byte`. */
typedef struct {
  const uint8_t *byte;
  uint32_t fields;
  int32_t held;
} tq_digit_stream;

/* A pair of sums: products of x and all digits of `bytes` bytes of row 0, which begins a byte, and of as many
 * digits of row 1, of which less than a byte is held all the time. */
typedef int32_t tq_streams_of_bytes(const tq_row_input *input, const int8_t *x, int32_t bytes,
                                    tq_digit_stream *row0, tq_digit_stream *row1);

static inline tq_digit_stream tq_stream_at(tq_packing packing, tq_byte_fields *fields_of,
                                           const uint8_t *packed, int32_t first) {
  tq_digit_stream stream = {packed + first / packing.digits, 0, -first % packing.digits};
  if (stream.held < 0) {
    stream.fields = fields_of(*stream.byte++) >> (-packing.width * stream.held);
    stream.held += packing.digits;
  }
  return stream;
}

/* The next `count` digits, one byte's at most, and maybe more above them; reads a byte only if one of them is
 * there. */
static inline uint32_t tq_take(tq_packing packing, tq_byte_fields *fields_of, tq_digit_stream *stream,
                               int32_t count) {
  uint32_t fields = stream->fields;
  if (stream->held < count) {
    fields |= fields_of(*stream->byte++) << packing.width * stream->held;
    stream->held += packing.digits;
  }
  stream->held -= count;
  stream->fields = fields >> packing.width * count;
  return fields;
}

static inline void tq_walk_two_rows(tq_packing packing, tq_byte_fields *fields_of, tq_streams_of_bytes *pair,
                                    const uint8_t *packed, int32_t first0, int32_t first1,
                                    const tq_row_input *input, int32_t sums[2]) {
  tq_digit_stream row0 = tq_stream_at(packing, fields_of, packed, first0);
  tq_digit_stream row1 = tq_stream_at(packing, fields_of, packed, first1);
  const int32_t head = input->count < row0.held ? input->count : row0.held;
  const int32_t most = packing.digits * packing.max_bytes;
  const int8_t *x = input->x;
  int32_t count = input->count - head;
  uint32_t fields = tq_take(packing, fields_of, &row0, head);

  tq_packed_few(input, x, head, fields | tq_take(packing, fields_of, &row1, head) << 16, sums);
  x += head;
  while (count >= packing.digits) {
    const int32_t bytes = count < most ? count / packing.digits : packing.max_bytes;
    tq_part_pair(pair(input, x, bytes, &row0, &row1), input->base, sums);
    x += packing.digits * bytes;
    count -= packing.digits * bytes;
  }
  fields = tq_take(packing, fields_of, &row0, count);
  tq_packed_few(input, x, count, fields | tq_take(packing, fields_of, &row1, count) << 16, sums);
}

#endif
