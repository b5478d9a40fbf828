/* Frames between host and board, over any byte stream. Mirrored by tinyq/core/frames.py (tests compare both).
 *
 * On the wire a frame is 0, then header, payload and CRC with all zeros stuffed away (COBS: Cheshire and Baker, IEEE/ACM
 * Transactions on Networking 7, 1999), then 0. So a 0 is never anything but the edge of a frame, and whatever was lost or
 * added before it, the next frame is read. All numbers are little endian.
 *
 *   header   kind (1 byte), version (1), sequence (2; an answer repeats its question's), bytes of payload (4)
 *   payload  words of 32 bits; of SAMPLES, one word and samples
 *   CRC-32   (4) of header and payload
 *
 * host -> board
 *   HELLO    number of the sample that comes next: begin there, with empty filters and windows. Answer: INFO
 *   SAMPLES  number of the first sample, then whole samples. Answer: ANSWER for each window that they end, then TAKEN
 * board -> host
 *   INFO     settings' id, frames of samples that may be unanswered, most bytes of payload, bytes of a sample
 *   TAKEN    number of the sample that should come next, samples missed since HELLO, damaged frames since HELLO
 *   ANSWER   window's number, sample behind its last, class, class of this window alone, score, windows that are summed
 *            in it, ticks from the window's last sample to here, samples missed since HELLO
 *   REFUSED  reason
 *
 * A host that keeps to INFO's number of unanswered frames never fills the board's receive buffer. */
#ifndef STREAM_FRAMES_H
#define STREAM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAMES_VERSION 1
#define FRAMES_HEADER_BYTES 8
#define FRAMES_CRC_BYTES 4
#define FRAMES_MOST_WORDS 8 /* of an answer */

enum {
  FRAMES_HELLO = 1,
  FRAMES_SAMPLES = 2,
  FRAMES_INFO = 0x81,
  FRAMES_TAKEN = 0x82,
  FRAMES_ANSWER = 0x83,
  FRAMES_REFUSED = 0x84
};

/* Reasons of REFUSED. */
enum { FRAMES_BAD_VERSION = 1, FRAMES_BAD_KIND = 2, FRAMES_BAD_SIZE = 3, FRAMES_NO_HELLO = 4 };

typedef struct {
  uint8_t kind, version;
  uint16_t sequence;
  uint32_t bytes; /* of payload */
} frames_header;

typedef struct {
  uint8_t *frame; /* [capacity]: header, payload, CRC; 4-byte aligned */
  size_t capacity, length;
  uint8_t code, left; /* of the COBS block that is being read: its first byte (0: none yet), bytes to come */
  uint8_t broken;     /* too long: ignored up to the next 0 */
  uint32_t damaged;   /* frames that were not whole */
} frames_parser;

/* Take one byte. Returns 1 where it ended a whole frame: it lies in parser->frame until the next byte is taken. */
int frames_take(frames_parser *parser, uint8_t byte);

/* Send a frame of words through tq_port_write; count at most FRAMES_MOST_WORDS. */
void frames_send(uint8_t kind, uint16_t sequence, const uint32_t *words, size_t count);

#endif
