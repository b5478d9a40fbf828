# Toolchain: Debian's GCC for ARM64 Linux (gcc-aarch64-linux-gnu libc6-dev-arm64-cross) makes bare-metal programs, too,
# where a board brings its own start-up code and the few functions of <string.h>.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# CMake's first test program has no start-up code to link with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
