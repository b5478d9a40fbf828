# What all bare-metal ARM64 boards share: toolchain, sources as seen from a board's folder, and the linker script with
# the sizes of board.toml and TQ_STACK_BYTES of stack; `console` says which byte stream.
set(CMAKE_TOOLCHAIN_FILE ${TQ_CMAKE_DIR}/aarch64_bare.cmake)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
set(TQ_STREAM_semihosting stream.c)
set(TQ_STREAM_uart uart_stream.c uart_listen.c uart_interrupt_arm64.c)
foreach(name startup_arm64.c memory_map_arm64.c string_arm64.c ticks_arm64.c stack_bytes.c semihosting.c
    ${TQ_STREAM_${TQ_BOARD_console}})
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()

math(EXPR TQ_FLASH_BYTES "${TQ_BOARD_flash_kib} * 1024")
math(EXPR TQ_RAM_BYTES "${TQ_BOARD_ram_kib} * 1024")
list(APPEND TQ_BOARD_COMPILE_OPTIONS -mcpu=${TQ_BOARD_cpu} -fno-pic -fno-asynchronous-unwind-tables)
list(APPEND TQ_BOARD_LINK_OPTIONS
  -mcpu=${TQ_BOARD_cpu} -static -no-pie -nostartfiles -nostdlib
  "-T${TQ_BOARD_DIR}/linker.ld" "-L${TQ_BOARD_DIR}/../${TQ_BOARD_shared}"
  -Wl,--build-id=none
  -Wl,--defsym=tq_flash_bytes=${TQ_FLASH_BYTES}
  -Wl,--defsym=tq_ram_bytes=${TQ_RAM_BYTES}
  -Wl,--defsym=tq_stack_bytes=${TQ_STACK_BYTES})
