find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # base_dir makes hits independent of the checkout's place; the sloppiness admits precompiled headers.
  set(LEXICELL_CCACHE ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${LEXICELL_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LEXICELL_CCACHE})
endif()
