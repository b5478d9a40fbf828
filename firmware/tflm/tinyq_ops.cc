#include "tinyq_ops.h"

#include "tensorflow/lite/micro/kernels/kernel_util.h"
#include "tensorflow/lite/micro/micro_context.h"
#include "tensorflow/lite/micro/micro_log.h"

namespace {

tq_loader_error last_error = {TQ_OK, ""};

/* What lives as long as the node. */
struct Node {
  const char *options;
  size_t option_bytes;
  tq_loaded loaded;
  int scratch; /* TFLite Micro's number of it; -1: none */
};

/* The node's tensors while it is prepared. They lie in the arena's temporary part. */
struct Tensors {
  tflite::MicroContext *context;
  TfLiteTensor *temporary[tinyq::kMaxInputs + 1];
  tq_loader_tensor described[tinyq::kMaxInputs + 1];
  int count;
};

tq_element ElementOf(TfLiteType type) {
  switch (type) {
    case kTfLiteInt8: return TQ_ELEMENT_INT8;
    case kTfLiteUInt8: return TQ_ELEMENT_UINT8;
    case kTfLiteInt16: return TQ_ELEMENT_INT16;
    case kTfLiteInt32: return TQ_ELEMENT_INT32;
    case kTfLiteInt64: return TQ_ELEMENT_INT64;
    case kTfLiteFloat32: return TQ_ELEMENT_FLOAT32;
    case kTfLiteBool: return TQ_ELEMENT_BOOL;
    default: return TQ_ELEMENT_OTHER;
  }
}

/* int32_t is long where newlib is the C library, and int elsewhere. */
const int32_t *Words(const int *numbers) {
  static_assert(sizeof(int) == sizeof(int32_t), "this core's int has not 32 bits");
  return reinterpret_cast<const int32_t *>(numbers);
}

const TfLiteAffineQuantization *QuantizationOf(const TfLiteTensor *tensor) {
  if (tensor->quantization.type != kTfLiteAffineQuantization) return nullptr;
  return static_cast<const TfLiteAffineQuantization *>(tensor->quantization.params);
}

void Add(Tensors *tensors, TfLiteTensor *tensor) {
  tq_loader_tensor *out = &tensors->described[tensors->count];
  *out = {};
  tensors->temporary[tensors->count++] = tensor;
  if (tensor == nullptr) return; /* an optional input that is absent */
  out->element = ElementOf(tensor->type);
  out->rank = tensor->dims->size;
  out->shape = Words(tensor->dims->data);
  out->bytes = tensor->bytes;
  if (tflite::IsConstantTensor(tensor)) out->data = tensor->data.data;
  const TfLiteAffineQuantization *affine = QuantizationOf(tensor);
  if (affine == nullptr || affine->scale == nullptr || affine->zero_point == nullptr) return;
  out->scale_count = affine->scale->size;
  out->scale = affine->scale->data;
  out->zero_point_count = affine->zero_point->size;
  out->zero_point = Words(affine->zero_point->data);
  out->axis = affine->quantized_dimension;
}

bool Overlap(const void *one, size_t one_bytes, const void *other, size_t other_bytes) {
  const uintptr_t a = reinterpret_cast<uintptr_t>(one), b = reinterpret_cast<uintptr_t>(other);
  return a < b + other_bytes && b < a + one_bytes;
}

/* Persistent memory. TFLite Micro gives it from the other end of the arena and does not see that it has run
 * into temporary tensors, whose scales are still needed: then there is no room. */
void *Allocate(void *context, size_t bytes) {
  const Tensors *tensors = static_cast<const Tensors *>(context);
  void *memory = tensors->context->AllocatePersistentBuffer(bytes);
  for (int i = 0; memory != nullptr && i < tensors->count; i++) {
    const TfLiteTensor *tensor = tensors->temporary[i];
    if (tensor == nullptr) continue;
    if (Overlap(memory, bytes, tensor, sizeof *tensor)) return nullptr;
    const TfLiteAffineQuantization *affine = QuantizationOf(tensor);
    if (affine == nullptr || affine->zero_point == nullptr) continue;
    const size_t points = sizeof(int) * (static_cast<size_t>(affine->zero_point->size) + 1);
    if (Overlap(memory, bytes, affine, sizeof *affine)) return nullptr;
    if (Overlap(memory, bytes, affine->zero_point, points)) return nullptr;
  }
  return memory;
}

void Refuse(tq_loader_status status, const char *kind, const char *why) {
  char *out = last_error.text;
  last_error.status = status;
  for (const char *part : {"operator ", kind, ": ", why}) {
    while (*part != '\0' && out < last_error.text + TQ_ERROR_CHARS - 1) *out++ = *part++;
  }
  *out = '\0';
}

/* Load the described node; the first `inputs` tensors are its inputs, the last one is its output. */
void Load(Node *state, const tq_operator *operator_, Tensors *tensors, int inputs) {
  tq_loader_node node = {};
  node.kind = operator_->kind;
  node.index = -1; /* TFLite Micro does not tell */
  node.options = reinterpret_cast<const uint8_t *>(state->options);
  node.option_bytes = state->option_bytes;
  node.input_count = inputs;
  node.output_count = 1;
  node.inputs = tensors->described;
  node.outputs = tensors->described + inputs;
  tq_load(operator_, &node, Allocate, tensors, &state->loaded, &last_error);
}

}  // namespace

const char *tinyq_last_error() { return last_error.text; }

namespace tinyq {

void *Init(TfLiteContext *context, const char *options, size_t bytes) {
  Node *node = static_cast<Node *>(context->AllocatePersistentBuffer(context, sizeof(Node)));
  if (node == nullptr) return nullptr;
  *node = {options, bytes, {}, -1};
  return node;
}

TfLiteStatus Prepare(TfLiteContext *context, TfLiteNode *node, const tq_operator *operator_) {
  Node *state = static_cast<Node *>(node->user_data);
  Tensors tensors = {tflite::GetMicroContext(context), {}, {}, 0};
  const int inputs = node->inputs->size;

  last_error = {TQ_OK, ""};
  if (state == nullptr) {
    Refuse(TQ_NO_MEMORY, operator_->kind, "no room for it: use a larger arena");
  } else if (inputs > kMaxInputs || node->outputs->size != 1) {
    Refuse(TQ_BAD_TENSOR, operator_->kind, "more inputs or outputs than it can have");
  } else {
    bool room = true;
    for (int i = 0; i < inputs; i++) {
      TfLiteTensor *tensor = tensors.context->AllocateTempInputTensor(node, i);
      room = room && (tensor != nullptr || node->inputs->data[i] < 0);
      Add(&tensors, tensor);
    }
    TfLiteTensor *output = tensors.context->AllocateTempOutputTensor(node, 0);
    Add(&tensors, output);
    if (room && output != nullptr) {
      Load(state, operator_, &tensors, inputs);
    } else {
      Refuse(TQ_NO_MEMORY, operator_->kind, "no room for a tensor's description: use a larger arena");
    }
    while (tensors.count-- > 0) { /* in reverse: they are a stack */
      if (tensors.temporary[tensors.count] != nullptr) {
        tensors.context->DeallocateTempTfLiteTensor(tensors.temporary[tensors.count]);
      }
    }
  }
  const size_t scratch = last_error.status == TQ_OK ? static_cast<size_t>(state->loaded.scratch_bytes) : 0;
  if (scratch > 0 && context->RequestScratchBufferInArena(context, scratch, &state->scratch) != kTfLiteOk) {
    Refuse(TQ_NO_MEMORY, operator_->kind, "no room for its scratch memory: use a larger arena");
  }
  if (last_error.status == TQ_OK) return kTfLiteOk;
  MicroPrintf("%s", last_error.text);
  return kTfLiteError;
}

TfLiteStatus Invoke(TfLiteContext *context, TfLiteNode *node) {
  const Node *state = static_cast<const Node *>(node->user_data);
  const void *inputs[kMaxInputs] = {};

  for (int i = 0; i < node->inputs->size; i++) {
    const TfLiteEvalTensor *tensor = tflite::micro::GetEvalInput(context, node, i);
    inputs[i] = tensor == nullptr ? nullptr : tensor->data.data;
  }
  void *output = tflite::micro::GetEvalOutput(context, node, 0)->data.data;
  void *scratch = state->scratch < 0 ? nullptr : context->GetScratchBuffer(context, state->scratch);
  tq_run(&state->loaded, inputs, output, scratch);
  return kTfLiteOk;
}

}  // namespace tinyq
