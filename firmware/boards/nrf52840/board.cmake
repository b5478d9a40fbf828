# Included before project(): sources and flags of this board. Facts arrive as TQ_BOARD_<key>.
include(${TQ_BOARD_DIR}/../${TQ_BOARD_shared}/nrf52840.cmake)
