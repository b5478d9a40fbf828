# What all Cortex-M boards share: compiler, core flags, newlib-nano, and the linker script (TQ_LINKER_SCRIPT, or the
# board's own) with the sizes of board.toml and TQ_STACK_BYTES of stack. A board.cmake includes it.
set(CMAKE_TOOLCHAIN_FILE ${TQ_CMAKE_DIR}/arm_none_eabi.cmake)
set(CMAKE_EXECUTABLE_SUFFIX .elf)

set(TQ_CORE_FLAGS -mcpu=${TQ_BOARD_cpu} -mthumb)
if(TQ_BOARD_fpu STREQUAL "none")
  list(APPEND TQ_CORE_FLAGS -mfloat-abi=soft)
else()
  list(APPEND TQ_CORE_FLAGS -mfloat-abi=hard -mfpu=${TQ_BOARD_fpu})
endif()

if(NOT TQ_LINKER_SCRIPT)
  set(TQ_LINKER_SCRIPT ${TQ_BOARD_DIR}/linker.ld)
endif()
math(EXPR TQ_FLASH_BYTES "${TQ_BOARD_flash_kib} * 1024")
math(EXPR TQ_RAM_BYTES "${TQ_BOARD_ram_kib} * 1024")
list(APPEND TQ_BOARD_COMPILE_OPTIONS ${TQ_CORE_FLAGS} --specs=nano.specs)
list(APPEND TQ_BOARD_LINK_OPTIONS
  ${TQ_CORE_FLAGS} --specs=nano.specs -nostartfiles
  "-T${TQ_LINKER_SCRIPT}"
  -Wl,--defsym=tq_flash_bytes=${TQ_FLASH_BYTES}
  -Wl,--defsym=tq_ram_bytes=${TQ_RAM_BYTES}
  -Wl,--defsym=tq_stack_bytes=${TQ_STACK_BYTES})
