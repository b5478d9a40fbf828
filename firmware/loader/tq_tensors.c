#include "tq_loading.h"

static const tq_loader_tensor none = {.element = TQ_ELEMENT_ABSENT};

void tq_check_counts(tq_loading *loading, int32_t fewest, int32_t most) {
  const tq_loader_node *node = loading->node;

  if (node->input_count < fewest || node->input_count > most || node->output_count != 1) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%i inputs, %i outputs; allowed are %i to %i inputs, 1 output",
              (int64_t)node->input_count, (int64_t)node->output_count, (int64_t)fewest, (int64_t)most);
  }
}

int tq_is_absent(const tq_loading *loading, int32_t position) {
  return position >= loading->node->input_count ||
         loading->node->inputs[position].element == TQ_ELEMENT_ABSENT;
}

int64_t tq_size(const tq_loader_tensor *tensor) {
  int64_t size = 1;
  for (int32_t i = 0; i < tensor->rank; i++) size *= tensor->shape[i];
  return size;
}

int32_t tq_rows(const tq_loader_tensor *tensor) {
  return tensor->rank > 0 ? (int32_t)(tq_size(tensor) / tq_last_axis(tensor)) : 1;
}

int32_t tq_last_axis(const tq_loader_tensor *tensor) {
  return tensor->rank > 0 ? tensor->shape[tensor->rank - 1] : 0;
}

/* Sizes, element type and kind of a tensor; returns it, or `none` after a refusal. */
static const tq_loader_tensor *checked(tq_loading *loading, const tq_loader_tensor *tensor, const char *role,
                                       tq_element element, int constant) {
  int64_t size = 1;

  if (tq_refused(loading)) return &none;
  for (int32_t i = 0; i < tensor->rank && size <= INT32_MAX; i++) {
    size = tensor->shape[i] > 0 ? size * tensor->shape[i] : (int64_t)INT32_MAX + 1;
  }
  if (size > INT32_MAX) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t has a size that is not static, 0, or too large", role, tensor);
  } else if (tensor->element != element) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t is not %s", role, tensor, tq_element_name(element));
  } else if ((tensor->data != NULL) != constant) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t is %s", role, tensor,
              constant ? "computed at run time, and must be a constant" : "a constant, and must be an activation");
  }
  return tq_refused(loading) ? &none : tensor;
}

const tq_loader_tensor *tq_input(tq_loading *loading, int32_t position, tq_element element) {
  if (tq_is_absent(loading, position)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "input %i is absent", (int64_t)position);
    return &none;
  }
  return checked(loading, &loading->node->inputs[position], "input", element, 0);
}

const tq_loader_tensor *tq_output(tq_loading *loading, tq_element element) {
  return checked(loading, &loading->node->outputs[0], "output", element, 0);
}

const tq_loader_tensor *tq_constant(tq_loading *loading, int32_t position, const char *role, tq_element element) {
  if (tq_is_absent(loading, position)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s (input %i) is absent", role, (int64_t)position);
    return &none;
  }
  const tq_loader_tensor *tensor = checked(loading, &loading->node->inputs[position], role, element, 1);
  if (tensor == &none) return tensor;
  if (tensor->bytes != (size_t)tq_size(tensor) * tq_element_bytes(element)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t holds %i bytes", role, tensor, (int64_t)tensor->bytes);
  } else if ((uintptr_t)tensor->data % tq_element_bytes(element) != 0) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t lies at an odd place of the file", role, tensor);
  }
  return tq_refused(loading) ? &none : tensor;
}

tq_dims tq_image(tq_loading *loading, const tq_loader_tensor *tensor) {
  const tq_dims one = {1, 1, 1, 1};

  if (!tq_refused(loading) && tensor->rank != 4) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%t has not four axes, NHWC", tensor);
  }
  if (tq_refused(loading)) return one;
  return (tq_dims){tensor->shape[0], tensor->shape[1], tensor->shape[2], tensor->shape[3]};
}

void tq_check_rows(tq_loading *loading, const tq_loader_tensor *source, const tq_loader_tensor *output,
                   int32_t last) {
  int same = source->rank > 0 && output->rank == source->rank && tq_last_axis(output) == last;

  if (tq_refused(loading)) return;
  for (int32_t i = 0; same && i < source->rank - 1; i++) same = output->shape[i] == source->shape[i];
  if (!same) {
    tq_refuse(loading, TQ_BAD_TENSOR, "output %t is computed as input %t with a last axis of %i", output, source,
              (int64_t)last);
  }
}

void tq_check_shape(tq_loading *loading, const tq_loader_tensor *tensor, int32_t rank, const int32_t *shape) {
  const tq_loader_tensor computed = {.rank = rank, .shape = shape};
  int same = tensor->rank == rank;

  if (tq_refused(loading)) return;
  for (int32_t i = 0; same && i < rank; i++) same = tensor->shape[i] == shape[i];
  if (!same) tq_refuse(loading, TQ_BAD_TENSOR, "output %t is computed as %t", tensor, &computed);
}
