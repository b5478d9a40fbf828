#include <stdarg.h>

#include "tq_loading.h"

/* Writes a sentence into error->text, and stops where that is full. */
typedef struct {
  char *next, *end;
} writer;

static void add_text(writer *out, const char *text) {
  while (*text != '\0' && out->next < out->end) *out->next++ = *text++;
}

static void add_integer(writer *out, int64_t value) {
  char digits[24];
  char *first = digits + sizeof digits - 1;
  uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;

  *first = '\0';
  do {
    *--first = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) add_text(out, "-");
  add_text(out, first);
}

/* At most 48 characters of a name: converters write hundreds. */
static void add_name(writer *out, const char *name) {
  writer part = {out->next, out->end - out->next > 48 ? out->next + 48 : out->end};

  add_text(&part, name);
  out->next = part.next;
}

static void add_tensor(writer *out, const tq_loader_tensor *tensor) {
  if (tensor->name != NULL) {
    add_text(out, "'");
    add_name(out, tensor->name);
    add_text(out, "' ");
  }
  add_text(out, "[");
  for (int32_t i = 0; i < tensor->rank && i < 8; i++) {
    if (i > 0) add_text(out, ", ");
    add_integer(out, tensor->shape[i]);
  }
  add_text(out, tensor->rank > 8 ? ", ...]" : "]");
}

static void add_operator(writer *out, const tq_loader_node *node) {
  add_text(out, "operator ");
  if (node->index >= 0) {
    add_integer(out, node->index);
    add_text(out, " ");
  }
  add_name(out, node->kind == NULL ? "?" : node->kind);
  if (node->output_count > 0 && node->outputs[0].name != NULL) {
    add_text(out, " '");
    add_name(out, node->outputs[0].name);
    add_text(out, "'");
  }
  add_text(out, ": ");
}

int tq_refused(const tq_loading *loading) { return loading->error->status != TQ_OK; }

void tq_refuse(tq_loading *loading, tq_loader_status status, const char *format, ...) {
  writer out = {loading->error->text, loading->error->text + TQ_ERROR_CHARS - 1};
  va_list arguments;

  if (tq_refused(loading)) return;
  loading->error->status = status;
  add_operator(&out, loading->node);
  va_start(arguments, format);
  for (; *format != '\0'; format++) {
    const char one[2] = {*format, '\0'};
    if (*format != '%') {
      add_text(&out, one);
      continue;
    }
    format++;
    if (*format == 's') add_text(&out, va_arg(arguments, const char *));
    if (*format == 'i') add_integer(&out, va_arg(arguments, int64_t));
    if (*format == 't') add_tensor(&out, va_arg(arguments, const tq_loader_tensor *));
  }
  va_end(arguments);
  *out.next = '\0';
}
