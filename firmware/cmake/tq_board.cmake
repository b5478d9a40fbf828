# Reads board.toml: every `key = value` line becomes TQ_BOARD_<key>. Then includes the board's board.cmake,
# which may set CMAKE_TOOLCHAIN_FILE: so this comes before project().
set(TQ_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})
file(STRINGS ${TQ_BOARD_DIR}/board.toml TQ_BOARD_LINES ENCODING UTF-8)
foreach(line IN LISTS TQ_BOARD_LINES)
  if(line MATCHES "^([a-z_]+) *= *\"?([^\"#]*)\"?")
    string(STRIP "${CMAKE_MATCH_2}" TQ_VALUE)
    set(TQ_BOARD_${CMAKE_MATCH_1} "${TQ_VALUE}")
  endif()
endforeach()
list(APPEND TQ_BOARD_COMPILE_OPTIONS -DTQ_BOARD_NAME="${TQ_BOARD_name}")
if(TQ_BOARD_console STREQUAL "uart")
  if(NOT TQ_BOARD_baud)
    set(TQ_BOARD_baud 115200)
  endif()
  list(APPEND TQ_BOARD_COMPILE_OPTIONS -DTQ_BAUD=${TQ_BOARD_baud}u)
endif()

# Of chips where `uart` says which pins: TQ_UART, as the C source spells it, from the names that it has.
function(tq_choose_uart)
  if(NOT TQ_BOARD_uart IN_LIST ARGN)
    list(JOIN ARGN ", " allowed)
    message(FATAL_ERROR "${TQ_BOARD_DIR}/board.toml: uart = \"${TQ_BOARD_uart}\"; allowed: ${allowed}")
  endif()
  string(TOUPPER ${TQ_BOARD_uart} name)
  set(TQ_UART ${name} PARENT_SCOPE)
endfunction()

include(${TQ_BOARD_DIR}/board.cmake)
