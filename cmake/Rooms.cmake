# lexicell_room(NAME [ROOMS ...] [LIBRARIES ...] [PRIVATE ...] [TORCH]): the static library of one room.
# ROOMS are the rooms whose headers it may include; LIBRARIES appear in its headers; PRIVATE stand behind its .cpp files.
function(lexicell_room name)
  cmake_parse_arguments(ROOM "TORCH" "" "ROOMS;LIBRARIES;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lexicell/${name}/*.cpp)
  if(NOT sources)
    add_library(lexicell_${name} INTERFACE)
    list(TRANSFORM ROOM_ROOMS PREPEND lexicell_)
    target_link_libraries(lexicell_${name} INTERFACE ${ROOM_ROOMS} ${ROOM_LIBRARIES})
    return()
  endif()
  add_library(lexicell_${name} STATIC ${sources})
  target_include_directories(lexicell_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  list(TRANSFORM ROOM_ROOMS PREPEND lexicell_)
  target_link_libraries(lexicell_${name} PUBLIC ${ROOM_ROOMS} ${ROOM_LIBRARIES} PRIVATE ${ROOM_PRIVATE})
  lexicell_compile_options(lexicell_${name})
  if(ROOM_TORCH)
    lexicell_torch_headers(lexicell_${name})
  endif()
endfunction()

function(lexicell_compile_options target)
  # math-errno would keep std::sqrt out of vector loops; nothing reads errno after a maths function.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers -fno-math-errno)
  if(LEXICELL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LEXICELL_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${LEXICELL_SANITIZE})
  endif()
endfunction()

# One precompiled LibTorch header, built by the first room that needs it.
function(lexicell_torch_headers target)
  if(NOT TARGET lexicell_torch_pch)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/torch_pch.cpp CONTENT "")  # keeps the time stamp: no rebuild at each configure
    add_library(lexicell_torch_pch OBJECT ${CMAKE_BINARY_DIR}/torch_pch.cpp)
    target_link_libraries(lexicell_torch_pch PRIVATE lexicell::torch fmt::fmt Threads::Threads)
    target_precompile_headers(lexicell_torch_pch PRIVATE ${CMAKE_SOURCE_DIR}/lexicell/nn/torch.h)
    lexicell_compile_options(lexicell_torch_pch)
    # A precompiled header taken from ccache's store makes GCC 12 crash: it is valid only where it was built.
    set_target_properties(lexicell_torch_pch PROPERTIES CXX_COMPILER_LAUNCHER "")
  endif()
  # A precompiled header fits one code model only; -fPIC instead of the -fPIE of executables keeps it usable there.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM lexicell_torch_pch)
endfunction()
