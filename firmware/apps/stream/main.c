/* Samples or images arrive in frames (frames.h), pass filters and windows (chain.h) and the net; each window is answered.
 * A watchdog resets the board if any of it should hang. */
#include "frames.h"
#include "samples.h"
#include "stream_settings.h"
#include "tinyq/tq_port.h"

#include <string.h>

#define FRAME_BYTES (FRAMES_HEADER_BYTES + STREAM_PAYLOAD_BYTES + FRAMES_CRC_BYTES)
#define WATCHDOG_MILLISECONDS 8000 /* longer than any layer takes */

static uint8_t received[STREAM_RECEIVE_BYTES];
static uint32_t frame[(FRAME_BYTES + 3) / 4];
static frames_parser parser = {(uint8_t *)frame, FRAME_BYTES, 0, 0, 0, 0, 0};
static int greeted; /* a HELLO has come since the board was reset */

static void hello(uint16_t sequence, uint32_t next) {
  const uint32_t words[] = {STREAM_ID, STREAM_CREDIT, STREAM_PAYLOAD_BYTES, STREAM_SAMPLE_BYTES};
  greeted = 1;
  parser.damaged = 0;
  samples_begin(next);
  frames_send(FRAMES_INFO, sequence, words, sizeof words / sizeof *words);
}

static void samples(uint16_t sequence, const uint32_t *payload, uint32_t bytes) {
  const uint32_t count = (bytes - 4) / STREAM_SAMPLE_BYTES;
  const samples_count counted = samples_take(sequence, payload[0], (const uint8_t *)(payload + 1), count);
  const uint32_t words[] = {counted.next, counted.missed, parser.damaged};
  frames_send(FRAMES_TAKEN, sequence, words, sizeof words / sizeof *words);
}

/* Why a frame is not taken; 0 where it is. */
static uint32_t refusal(const frames_header *header) {
  const uint32_t more = header->bytes - 4;
  if (header->version != FRAMES_VERSION) {
    return FRAMES_BAD_VERSION;
  }
  if (header->kind != FRAMES_HELLO && header->kind != FRAMES_SAMPLES) {
    return FRAMES_BAD_KIND;
  }
  if (header->bytes < 4 || (header->kind == FRAMES_HELLO ? more != 0 : more % STREAM_SAMPLE_BYTES != 0)) {
    return FRAMES_BAD_SIZE;
  }
  return header->kind == FRAMES_SAMPLES && !greeted ? FRAMES_NO_HELLO : 0;
}

static void take_frame(void) {
  frames_header header;
  memcpy(&header, frame, sizeof header);
  const uint32_t *payload = frame + FRAMES_HEADER_BYTES / 4, reason = refusal(&header);
  if (reason != 0) {
    frames_send(FRAMES_REFUSED, header.sequence, &reason, 1);
  } else if (header.kind == FRAMES_HELLO) {
    hello(header.sequence, payload[0]);
  } else {
    samples(header.sequence, payload, header.bytes);
  }
}

int main(void) {
  uint8_t bytes[32];
  samples_start();
  tq_port_listen(received, sizeof received);
  tq_port_watchdog_start(WATCHDOG_MILLISECONDS);
  for (;;) {
    const size_t count = tq_port_poll(bytes, sizeof bytes);
    if (count == TQ_PORT_END) {
      tq_port_exit(0);
    }
    for (size_t i = 0; i < count; ++i) {
      if (frames_take(&parser, bytes[i])) {
        take_frame();
      }
    }
    tq_port_watchdog_feed();
  }
}
