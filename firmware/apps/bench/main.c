/* What each layer takes on this board, in ticks of its counter (board.toml says what one is): a table for people, then
 * a line of JSON for `tinyq profile`; both again for every byte that the host sends, until it sends a q. */
#include "model.h"
#include "tinyq/tq_port.h"
#include "tq_app.h"
#include "tq_print.h"

#define RUNS 2 /* the least is taken: the first fills the caches, where there are some */

static uint64_t memory[TQ_APP_WORDS(TQ_MODEL_ARENA_BYTES)];
static uint32_t layer_ticks[TQ_MODEL_LAYER_COUNT], least[TQ_MODEL_LAYER_COUNT];

static void require(int condition, tq_fault fault) {
  if (!condition) tq_safe_state(fault);
}

/* Ticks of a whole inference, which calls no hook. */
static uint32_t measure(uint8_t *arena) {
  uint32_t whole = UINT32_MAX;
  for (int32_t run = 0; run < RUNS; ++run) {
    tq_test_inputs(&TQ_MODEL, arena); /* not all alike: some kernels take less for zeros */
    require(tq_app_profile(&TQ_MODEL, arena, layer_ticks) == 0, TQ_FAULT_INVOKE);
    for (int32_t i = 0; i < TQ_MODEL_LAYER_COUNT; ++i) {
      if (run == 0 || layer_ticks[i] < least[i]) least[i] = layer_ticks[i];
    }
    tq_test_inputs(&TQ_MODEL, arena);
    const uint32_t start = tq_port_ticks();
    require(tq_invoke(&TQ_MODEL, arena, NULL, NULL) == 0, TQ_FAULT_INVOKE);
    const uint32_t ticks = tq_port_ticks() - start;
    if (ticks < whole) whole = ticks;
  }
  return whole;
}

static void print_padded(const char *text, size_t width) {
  print(text);
  for (size_t length = strlen(text); length < width; ++length) print(" ");
}

static void print_table(uint32_t whole) {
  for (int32_t i = 0; i < TQ_MODEL_LAYER_COUNT; ++i) {
    print_padded(TQ_MODEL.layers[i].name, 32);
    print_padded(TQ_MODEL.layers[i].kernel, 28);
    print_int(least[i]);
    print("\n");
  }
  print_padded("inference", 60);
  print_int(whole);
  print("\n");
}

static void print_field(const char *name, uint32_t value) {
  print("\"");
  print(name);
  print("\": ");
  print_int(value);
  print(", ");
}

/* Names of layers are words without quotes. */
static void print_json(uint32_t whole, uint32_t check_ticks, tq_fault guards) {
  print("{");
  print_field("tinyq_bench", 1);
  print("\"board\": \"" TQ_BOARD_NAME "\", ");
  print_field("abi", (uint32_t)TQ_MODEL.abi);
  print_field("constants_crc32", TQ_MODEL_EXPECTED.constants_crc32);
  print_field("check_ticks", check_ticks);
  print_field("ticks", whole);
  print_field("stack_bytes", tq_port_stack_bytes());
  print_field("guards", (uint32_t)guards);
  print("\"layers\": [");
  for (int32_t i = 0; i < TQ_MODEL_LAYER_COUNT; ++i) {
    print(i > 0 ? ", {" : "{");
    print_field("ticks", least[i]);
    print("\"name\": \"");
    print(TQ_MODEL.layers[i].name);
    print("\"}");
  }
  print("]}\n");
}

int main(void) {
  const tq_app app = tq_app_start(&TQ_MODEL, &TQ_MODEL_EXPECTED, memory);
  char asked = 0;
  do {
    const uint32_t whole = measure(app.arena);
    print_table(whole);
    print_json(whole, app.check_ticks, tq_app_guards(&TQ_MODEL, app.arena));
  } while (tq_port_read(&asked, 1) == 1 && asked != 'q');
  tq_port_exit(0);
  return 0;
}
