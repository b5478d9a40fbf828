# Included before project(): sources and flags of this board. Facts arrive as TQ_BOARD_<key>.
include(${TQ_BOARD_DIR}/../${TQ_BOARD_shared}/arm64.cmake)
list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/no_watchdog.c port.c)
