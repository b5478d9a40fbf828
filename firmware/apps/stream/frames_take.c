#include "frames.h"
#include "tinyq/tq_crc32.h"

#include <string.h>

static void append(frames_parser *parser, uint8_t byte) {
  if (parser->length == parser->capacity) {
    parser->broken = 1;
  } else {
    parser->frame[parser->length++] = byte;
  }
}

static int is_whole(const frames_parser *parser) {
  frames_header header;
  uint32_t crc;
  if (parser->broken || parser->left > 0 || parser->length < FRAMES_HEADER_BYTES + FRAMES_CRC_BYTES) {
    return 0;
  }
  const size_t bytes = parser->length - FRAMES_CRC_BYTES;
  memcpy(&header, parser->frame, sizeof header);
  memcpy(&crc, parser->frame + bytes, sizeof crc);
  return header.bytes == bytes - FRAMES_HEADER_BYTES && crc == tq_crc32(0, parser->frame, bytes);
}

int frames_take(frames_parser *parser, uint8_t byte) {
  if (byte == 0) {
    const int begun = parser->code != 0, whole = begun && is_whole(parser);
    parser->damaged += (uint32_t)(begun && !whole);
    parser->length = 0;
    parser->code = parser->left = parser->broken = 0;
    return whole;
  }
  if (parser->left > 0) {
    append(parser, byte);
    --parser->left;
    return 0;
  }
  if (parser->code != 0 && parser->code != 0xFF) {
    append(parser, 0); /* the zero that ended the block before */
  }
  parser->code = byte;
  parser->left = (uint8_t)(byte - 1);
  return 0;
}
