#include "tinyq_litert.h"

#include <stdlib.h>

#include "tinyq/tq_types.h"
#include "tq_delegate.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED tq_tflite_delegate *tflite_plugin_create_delegate(const char *const *keys,
                                                           const char *const *values, size_t count,
                                                           void (*report_error)(const char *)) {
  tq_delegate *const own = count == 0 ? calloc(1, sizeof *own) : NULL;

  (void)values;
  if (own == NULL) {
    if (report_error != NULL) report_error(count == 0 ? "tinyq: no memory" : "tinyq: there are no options");
    (void)keys;
    return NULL;
  }
  own->delegate.data = own;
  own->delegate.prepare = tq_delegate_prepare;
  own->delegate.flags = TQ_TFLITE_ALLOW_DYNAMIC_TENSORS;
  return &own->delegate;
}

EXPORTED void tflite_plugin_destroy_delegate(tq_tflite_delegate *delegate) {
  tq_delegate *const own = delegate == NULL ? NULL : delegate->data;

  while (own != NULL && own->calls != NULL) {
    tq_call *const first = own->calls;
    own->calls = first->next;
    tq_call_free(first);
  }
  free(own);
}

EXPORTED const char *tinyq_litert_last_error(const tq_tflite_delegate *delegate) {
  return ((const tq_delegate *)delegate->data)->error.text;
}

EXPORTED int32_t tinyq_litert_abi(void) { return TQ_ABI; }
