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
include(${TQ_BOARD_DIR}/board.cmake)
