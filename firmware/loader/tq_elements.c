#include "tq_loading.h"

static const struct {
  size_t bytes;
  const char *name;
} elements[] = {
    [TQ_ELEMENT_INT8] = {1, "int8"},   [TQ_ELEMENT_UINT8] = {1, "uint8"},     [TQ_ELEMENT_INT16] = {2, "int16"},
    [TQ_ELEMENT_INT32] = {4, "int32"}, [TQ_ELEMENT_INT64] = {8, "int64"},     [TQ_ELEMENT_FLOAT32] = {4, "float32"},
    [TQ_ELEMENT_BOOL] = {1, "bool"},
};

size_t tq_element_bytes(tq_element element) { return elements[element].bytes; }

const char *tq_element_name(tq_element element) { return elements[element].name; }

/* `allowed` are two or three. */
static tq_element one_of(tq_loading *loading, const char *role, const tq_loader_tensor *tensor,
                         const tq_element *allowed) {
  const int three = allowed[2] != TQ_ELEMENT_ABSENT;

  for (int32_t i = 0; allowed[i] != TQ_ELEMENT_ABSENT; i++) {
    if (tensor->element == allowed[i]) return allowed[i];
  }
  tq_refuse(loading, TQ_BAD_TENSOR, "%s %t is not %s%s%s or %s", role, tensor, tq_element_name(allowed[0]),
            three ? ", " : "", three ? tq_element_name(allowed[1]) : "", tq_element_name(allowed[three ? 2 : 1]));
  return allowed[0];
}

tq_element tq_input_type(tq_loading *loading, int32_t position, const tq_element *allowed) {
  if (tq_refused(loading) || tq_is_absent(loading, position)) return allowed[0]; /* tq_input refuses */
  return one_of(loading, "input", &loading->node->inputs[position], allowed);
}

tq_element tq_output_type(tq_loading *loading, const tq_element *allowed) {
  return tq_refused(loading) ? allowed[0] : one_of(loading, "output", &loading->node->outputs[0], allowed);
}
