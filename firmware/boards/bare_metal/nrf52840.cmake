# An nRF52840, with a fact of its board.toml: uart (a name of nrf52840_port.c, in lower case).
include(${TQ_CMAKE_DIR}/cortex_m.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
foreach(name nrf52840_port.c watchdog_nrf.c cycles_cortex_m.c)
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()
tq_choose_uart(p0_06_p0_08 p1_03_p1_10)
list(APPEND TQ_BOARD_COMPILE_OPTIONS -DTQ_UART=${TQ_UART})
