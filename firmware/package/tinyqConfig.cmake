# find_package(tinyq): .tflite files as libraries of any CMake build. `tinyq package --cmake-dir` prints this folder:
#   cmake -S . -B build -Dtinyq_DIR=$(tinyq package --cmake-dir)
#
#   find_package(tinyq REQUIRED)
#   tinyq_add_model(net net.tflite BOARD rp2040)        # kernels for the core of a board (tinyq boards); host unless told
#   target_link_libraries(app PRIVATE tinyq::net)       # then #include "model.h", or "tinyq_net.h" of several
#
# Two models in one program: set(TQ_USED_ALL ON) before the first, else their kernels are refused by the linker.
find_program(TINYQ_PROGRAM tinyq REQUIRED DOC "tinyq's command: pip install tinyq")

function(tinyq_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 TQ "" "BOARD" "")
  if(TQ_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tinyq_add_model: got ${TQ_UNPARSED_ARGUMENTS}; allowed: TARGET MODEL [BOARD name]")
  endif()
  if(NOT TQ_BOARD)
    set(TQ_BOARD host)
  endif()
  get_filename_component(model ${model} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/tinyq/${target})
  execute_process(COMMAND ${TINYQ_PROGRAM} emit ${model} --name ${target} -b ${TQ_BOARD} -o ${folder}/emitted
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${TINYQ_PROGRAM} package ${folder}/emitted --as cmake -o ${folder}/package
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${model})
  add_subdirectory(${folder}/package ${folder}/build)
endfunction()
