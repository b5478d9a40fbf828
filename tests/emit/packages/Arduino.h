/* As much of Arduino as the sketch of a package uses; loop() runs once. */
#include <cstdint>
#include <cstdio>
#include <cstring>

struct Printer {
  void begin(long) {}
  void print(const char *text) { std::printf("%s", text); }
  void print(char text) { std::printf("%c", text); }
  void print(int value) { std::printf("%d", value); }
  void print(unsigned long value) { std::printf("%lu", value); }
  void println() { std::printf("\n"); }
};

static Printer Serial;
static unsigned long micros() { return 0; }
static void delay(unsigned long) {}
void setup();
void loop();

int main() {
  setup();
  loop();
}
