#include "frames.h"
#include "tinyq/tq_crc32.h"
#include "tinyq/tq_port.h"

#include <string.h>

#define MOST_BYTES (FRAMES_HEADER_BYTES + 4 * FRAMES_MOST_WORDS + FRAMES_CRC_BYTES) /* < 254: one byte of stuffing */

void frames_send(uint8_t kind, uint16_t sequence, const uint32_t *words, size_t count) {
  const frames_header header = {kind, FRAMES_VERSION, sequence, (uint32_t)(4 * count)};
  uint8_t raw[MOST_BYTES], wire[MOST_BYTES + 3];
  size_t bytes = FRAMES_HEADER_BYTES + 4 * count;
  memcpy(raw, &header, sizeof header);
  memcpy(raw + FRAMES_HEADER_BYTES, words, 4 * count);
  const uint32_t crc = tq_crc32(0, raw, bytes);
  memcpy(raw + bytes, &crc, sizeof crc);
  bytes += FRAMES_CRC_BYTES;
  /* Each zero becomes the distance to the next one. */
  size_t zero = 1;
  wire[0] = 0;
  for (size_t i = 0; i < bytes; ++i) {
    wire[2 + i] = raw[i];
    if (raw[i] == 0) {
      wire[zero] = (uint8_t)(2 + i - zero);
      zero = 2 + i;
    }
  }
  wire[zero] = (uint8_t)(2 + bytes - zero);
  wire[2 + bytes] = 0;
  tq_port_write(wire, bytes + 3);
}
