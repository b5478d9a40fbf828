#include "tq_app.h"

#include <string.h>

void tq_app_fill(const tq_model *model, uint8_t *arena) {
  for (int32_t i = 0; i < model->input_count; ++i) {
    const tq_tensor *input = &model->inputs[i];
    const int zero = input->dtype == TQ_INT8 ? (int)input->zero_point : 0;
    memset(arena + input->offset, zero, (size_t)input->bytes);
  }
}
