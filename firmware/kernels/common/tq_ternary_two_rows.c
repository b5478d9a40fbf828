#include "tq_packed_rows.h"

#define MAX_BYTES 25 /* 125 products */

/* What comes next in a row: `held` digits, then the bytes at `byte`. */
typedef struct {
  const uint8_t *byte;
  uint32_t fields;
  int32_t held;
} digit_stream;

static inline uint32_t digits(uint8_t byte) { return tq_ternary_digits[byte] & 0x3ffu; }

static digit_stream stream_at(const uint8_t *packed, int32_t first) {
  digit_stream stream = {packed + first / 5, 0, -first % 5};
  if (stream.held < 0) {
    stream.fields = digits(*stream.byte++) >> (-2 * stream.held);
    stream.held += 5;
  }
  return stream;
}

/* The next `count` digits, at most 5, and maybe more above them; reads a byte only if
 * one of them is there. */
static uint32_t take(digit_stream *stream, int32_t count) {
  uint32_t fields = stream->fields;
  if (stream->held < count) {
    fields |= digits(*stream->byte++) << 2 * stream->held;
    stream->held += 5;
  }
  stream->held -= count;
  stream->fields = fields >> 2 * count;
  return fields;
}

void tq_ternary_two_rows(const uint8_t *packed, int32_t first0, int32_t first1, const tq_row_input *input,
                         int32_t sums[2]) {
  digit_stream row0 = stream_at(packed, first0), row1 = stream_at(packed, first1);
  const int32_t zero_point = input->zero_point;
  const int32_t head = input->count < row0.held ? input->count : row0.held;
  const int8_t *x = input->x;
  const uint32_t mask = input->mask;
  int32_t count = input->count - head;
  uint32_t fields = take(&row0, head);

  tq_packed_few(input, x, head, fields | take(&row1, head) << 16, sums);
  x += head;
  while (count >= 5) { /* row 0 begins a byte; of row 1, less than one is held all the time */
    const int32_t bytes = count < 5 * MAX_BYTES ? count / 5 : MAX_BYTES;
    const int32_t behind = 2 * row1.held;
    const uint8_t *byte0 = row0.byte, *byte1 = row1.byte;
    uint32_t held = row1.fields;
    int32_t pair = tq_begin_pair(input->base);
    for (const uint8_t *const end = byte0 + bytes; byte0 < end;) {
      held |= digits(*byte1++) << behind;
      fields = tq_ternary_digits[*byte0++] | held << 16;
      pair += (x[0] - zero_point) * (int32_t)(fields & mask);
      pair += (x[1] - zero_point) * (int32_t)(fields >> 2 & mask);
      pair += (x[2] - zero_point) * (int32_t)(fields >> 4 & mask);
      pair += (x[3] - zero_point) * (int32_t)(fields >> 6 & mask);
      pair += (x[4] - zero_point) * (int32_t)(fields >> 8 & mask);
      held >>= 10;
      x += 5;
    }
    row1.fields = held;
    row0.byte = byte0;
    row1.byte = byte1;
    tq_part_pair(pair, input->base, sums);
    count -= 5 * bytes;
  }
  fields = take(&row0, count);
  tq_packed_few(input, x, count, fields | take(&row1, count) << 16, sums);
}
