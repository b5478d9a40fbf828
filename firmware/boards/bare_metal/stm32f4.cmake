# An STM32F4, as facts of its board.toml say: clock_hz, and uart (a name of stm32f4_port.c, in lower case).
set(TQ_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/stm32.ld)
include(${TQ_CMAKE_DIR}/cortex_m.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
foreach(name stm32f4_port.c stm32_port.c watchdog_stm32.c cycles_cortex_m.c)
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()
string(TOUPPER ${TQ_BOARD_uart} TQ_UART)
list(APPEND TQ_BOARD_COMPILE_OPTIONS -DTQ_CLOCK_HZ=${TQ_BOARD_clock_hz} -DTQ_UART=${TQ_UART})
