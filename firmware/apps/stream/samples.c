#include "samples.h"

#include "chain.h"
#include "decide.h"
#include "frames.h"
#include "model.h"
#include "tinyq/tq_port.h"
#include "tq_app.h"

#include <string.h>

#define LONGEST_GAP ((uint32_t)STREAM_WINDOW * STREAM_DECIMATE)
#define WINDOW_SAMPLES ((uint32_t)(STREAM_WINDOW - 1) * STREAM_DECIMATE + 1)

static uint64_t memory[TQ_APP_WORDS(TQ_MODEL_ARENA_BYTES)];
static uint8_t *arena;
static samples_count counted;
static chain_element last[STREAM_CHANNELS];

static void begin(uint32_t next) {
  chain_start(next);
  decide_start();
  counted.next = next;
}

void samples_start(void) { arena = tq_app_start(&TQ_MODEL, &TQ_MODEL_EXPECTED, memory).arena; }

void samples_begin(uint32_t next) {
  memset(last, 0, sizeof last);
  counted.missed = 0;
  begin(next);
}

static void feed(int32_t layer, void *user) {
  (void)layer;
  (void)user;
  tq_port_watchdog_feed();
}

static void answer_window(uint16_t sequence) {
  const uint32_t start = tq_port_ticks();
  chain_fill((int8_t *)arena + TQ_MODEL.inputs[0].offset);
  if (tq_invoke(&TQ_MODEL, arena, feed, NULL) != 0) {
    tq_safe_state(TQ_FAULT_INVOKE);
  }
  if (tq_app_guards(&TQ_MODEL, arena) != TQ_FAULT_NONE) {
    tq_safe_state(TQ_FAULT_ARENA);
  }
  const decision made = decide((const int8_t *)arena + TQ_MODEL.outputs[0].offset);
  const uint32_t words[] = {(counted.next - WINDOW_SAMPLES) / ((uint32_t)STREAM_HOP * STREAM_DECIMATE),
                            counted.next,
                            (uint32_t)made.class_smoothed,
                            (uint32_t)made.class_alone,
                            (uint32_t)made.score,
                            (uint32_t)made.windows,
                            tq_port_ticks() - start,
                            counted.missed};
  frames_send(FRAMES_ANSWER, sequence, words, sizeof words / sizeof *words);
}

static void take_last(uint16_t sequence) {
  const int ends_window = chain_take(last);
  ++counted.next;
  tq_port_watchdog_feed(); /* many channels, filters and samples of a gap take longer than it waits */
  if (ends_window) {
    answer_window(sequence);
  }
}

static void pass_gap(uint16_t sequence, uint32_t first) {
  const uint32_t gap = first - counted.next;
  counted.missed += gap;
  if (gap > LONGEST_GAP) {
    begin(first);
  }
  while (counted.next != first) {
    take_last(sequence);
  }
}

samples_count samples_take(uint16_t sequence, uint32_t first, const uint8_t *samples, uint32_t count) {
  if ((int32_t)(first - counted.next) > 0) {
    pass_gap(sequence, first);
  }
  for (uint32_t i = counted.next - first; i < count; ++i) { /* those that came before are left out */
    memcpy(last, samples + i * STREAM_SAMPLE_BYTES, STREAM_SAMPLE_BYTES);
    take_last(sequence);
  }
  return counted;
}
