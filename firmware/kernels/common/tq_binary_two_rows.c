#include "tq_packed_rows.h"

#define MAX_BYTES 32 /* 256 products */

/* What comes next in a row: `held` digits, then the bytes at `byte`. */
typedef struct {
  const uint8_t *byte;
  uint32_t fields;
  int32_t held;
} digit_stream;

static digit_stream stream_at(const uint8_t *packed, int32_t first) {
  digit_stream stream = {packed + first / 8, 0, -first % 8};
  if (stream.held < 0) {
    stream.fields = (uint32_t)*stream.byte++ >> -stream.held;
    stream.held += 8;
  }
  return stream;
}

/* The next `count` digits, at most 8, and maybe more above them; reads a byte only if
 * one of them is there. */
static uint32_t take(digit_stream *stream, int32_t count) {
  uint32_t fields = stream->fields;
  if (stream->held < count) {
    fields |= (uint32_t)*stream->byte++ << stream->held;
    stream->held += 8;
  }
  stream->held -= count;
  stream->fields = fields >> count;
  return fields;
}

void tq_binary_two_rows(const uint8_t *packed, int32_t first0, int32_t first1, const tq_row_input *input,
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
  while (count >= 8) { /* row 0 begins a byte; of row 1, less than one is held all the time */
    const int32_t bytes = count < 8 * MAX_BYTES ? count / 8 : MAX_BYTES;
    const int32_t behind = row1.held;
    const uint8_t *byte1 = row1.byte;
    uint32_t held = row1.fields;
    int32_t pair = tq_begin_pair(input->base);
    for (const uint8_t *const end = row0.byte + bytes; row0.byte < end;) {
      held |= (uint32_t)*byte1++ << behind;
      fields = *row0.byte++ | held << 16;
      held >>= 8;
      pair += (x[0] - zero_point) * (int32_t)(fields & mask);
      pair += (x[1] - zero_point) * (int32_t)(fields >> 1 & mask);
      pair += (x[2] - zero_point) * (int32_t)(fields >> 2 & mask);
      pair += (x[3] - zero_point) * (int32_t)(fields >> 3 & mask);
      pair += (x[4] - zero_point) * (int32_t)(fields >> 4 & mask);
      pair += (x[5] - zero_point) * (int32_t)(fields >> 5 & mask);
      pair += (x[6] - zero_point) * (int32_t)(fields >> 6 & mask);
      pair += (x[7] - zero_point) * (int32_t)(fields >> 7 & mask);
      x += 8;
    }
    row1.byte = byte1;
    row1.fields = held;
    tq_part_pair(pair, input->base, sums);
    count -= 8 * bytes;
  }
  fields = take(&row0, count);
  tq_packed_few(input, x, count, fields | take(&row1, count) << 16, sums);
}
