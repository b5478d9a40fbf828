# Included before project(): sources and flags of this board. Facts arrive as TQ_BOARD_<key>.
set(CMAKE_TOOLCHAIN_FILE ${TQ_CMAKE_DIR}/aarch64_linux.cmake)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
list(APPEND TQ_BOARD_SOURCES ../${TQ_BOARD_shared}/port.c)
list(APPEND TQ_BOARD_COMPILE_OPTIONS -mcpu=${TQ_BOARD_cpu})
list(APPEND TQ_BOARD_LINK_OPTIONS -static)
