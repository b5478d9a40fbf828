# An STM32F4, as facts of its board.toml say: clock_hz, and uart (a name of stm32f4_port.c, in lower case).
set(TQ_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/stm32.ld)
include(${TQ_CMAKE_DIR}/cortex_m.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
foreach(name stm32f4_port.c stm32_port.c watchdog_stm32.c cycles_cortex_m.c)
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()
tq_choose_uart(usart1_pa9_pa10 usart1_pb6_pb7 usart2_pa2_pa3 usart3_pb10_pb11 usart3_pd8_pd9)
list(APPEND TQ_BOARD_COMPILE_OPTIONS -DTQ_CLOCK_HZ=${TQ_BOARD_clock_hz} -DTQ_UART=${TQ_UART})
