/* Reads bytes, and sends each whole frame's words back with frames_send; then a frame of kind 255 with the number of
 * damaged ones. The first argument is the parser's capacity. */
#include "frames.h"
#include "tinyq/tq_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t tq_port_write(const void *data, size_t bytes) { return fwrite(data, 1, bytes, stdout); }

static void echo(const uint8_t *frame) {
  frames_header header;
  uint32_t words[FRAMES_MOST_WORDS] = {0};
  memcpy(&header, frame, sizeof header);
  const size_t bytes = header.bytes < sizeof words ? header.bytes : sizeof words;
  memcpy(words, frame + FRAMES_HEADER_BYTES, bytes);
  frames_send(header.kind, header.sequence, words, (bytes + 3) / 4);
}

int main(int count, char **arguments) {
  const size_t capacity = count > 1 ? (size_t)atoi(arguments[1]) : 64;
  frames_parser parser = {malloc(capacity), capacity, 0, 0, 0, 0, 0};
  for (int byte = getchar(); byte != EOF; byte = getchar()) {
    if (frames_take(&parser, (uint8_t)byte)) {
      echo(parser.frame);
    }
  }
  frames_send(255, 0, &parser.damaged, 1);
  free(parser.frame);
  return 0;
}
