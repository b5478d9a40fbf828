# Included before project(): sources and flags of this board. Facts arrive as TQ_BOARD_<key>.
include(${TQ_CMAKE_DIR}/cortex_m.cmake)
include(${TQ_BOARD_DIR}/../${TQ_BOARD_shared}/cortex_m.cmake)
list(APPEND TQ_BOARD_SOURCES port.c ../${TQ_BOARD_shared}/stm32_port.c
  ../${TQ_BOARD_shared}/watchdog_stm32.c ../${TQ_BOARD_shared}/cycles_cortex_m.c)
