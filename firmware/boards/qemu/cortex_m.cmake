# Sources that all emulated Cortex-M boards share, as seen from a board's folder.
foreach(name startup_cortex_m.c stack_bytes.c semihosting.c stream.c)
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()
list(APPEND TQ_BOARD_LINK_OPTIONS "-L${TQ_BOARD_DIR}/../${TQ_BOARD_shared}")
