# Included before project(): sources and flags of this board. Facts arrive as TQ_BOARD_<key>.
list(APPEND TQ_BOARD_SOURCES port.c)
option(TQ_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(TQ_SANITIZE)
  set(TQ_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  list(APPEND TQ_BOARD_COMPILE_OPTIONS ${TQ_SANITIZE_FLAGS})
  list(APPEND TQ_BOARD_LINK_OPTIONS ${TQ_SANITIZE_FLAGS})
endif()
