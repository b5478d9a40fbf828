#include <string.h>

#include "tq_loading.h"

tq_loader_status tq_load(const tq_operator *operator_, const tq_loader_node *node, tq_allocate *allocate,
                         void *context, tq_loaded *loaded, tq_loader_error *error) {
  tq_loading loading = {.node = node, .allocate = allocate, .context = context, .error = error};

  error->status = TQ_OK;
  error->text[0] = '\0';
  loaded->operator_ = operator_;
  loaded->run = NULL;
  loaded->state = NULL;
  loaded->scratch_bytes = 0;
  if (operator_ == NULL) {
    tq_refuse(&loading, TQ_UNKNOWN_OPERATOR, "this library has no such operator: use a newer one");
  } else if (node->option_bytes > 0 && tq_flex_open(node->options, node->option_bytes, &loading.options) != 0) {
    tq_refuse(&loading, TQ_BAD_OPTIONS, "options that are no FlexBuffer map: the file is damaged");
  } else {
    loading.run = operator_->run;
    loaded->state = operator_->load(&loading);
    loaded->run = loading.run;
    loaded->scratch_bytes = loading.scratch_bytes;
  }
  return error->status;
}

void tq_run(const tq_loaded *loaded, const void *const *inputs, void *output, void *scratch) {
  loaded->run(loaded->state, inputs, output, scratch);
}

void *tq_new(tq_loading *loading, size_t bytes) {
  void *memory = tq_refused(loading) ? NULL : loading->allocate(loading->context, bytes);

  if (memory != NULL) {
    memset(memory, 0, bytes);
  } else {
    tq_refuse(loading, TQ_NO_MEMORY, "no room for %i bytes of its parameters: use a larger arena", (int64_t)bytes);
  }
  return memory;
}
