# Sources that all bare-metal Cortex-M boards share, as seen from a board's folder; `console` says which byte stream.
set(TQ_STREAM_semihosting stream.c)
set(TQ_STREAM_uart uart_stream.c uart_listen.c uart_interrupt_cortex_m.c)
foreach(name startup_cortex_m.c stack_bytes.c semihosting.c ${TQ_STREAM_${TQ_BOARD_console}})
  list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/${name})
endforeach()
list(APPEND TQ_BOARD_LINK_OPTIONS "-L${TQ_BOARD_DIR}/../${TQ_BOARD_shared}")
