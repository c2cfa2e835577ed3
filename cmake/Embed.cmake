# lexicell_embed(TARGET NAME FILE ...): puts files into TARGET as bytes. Each NAME FILE pair becomes the two symbols
# lexicell_asset_NAME and lexicell_asset_NAME_end (extern "C" const char[]).
enable_language(ASM)
function(lexicell_embed target)
  set(assembly "    .section .note.GNU-stack,\"\",%progbits\n    .section .rodata\n")
  set(files "")
  while(ARGN)
    list(POP_FRONT ARGN name file)
    string(APPEND assembly
           "    .globl lexicell_asset_${name}, lexicell_asset_${name}_end\n"
           "lexicell_asset_${name}:\n    .incbin \"${file}\"\nlexicell_asset_${name}_end:\n    .byte 0\n")
    list(APPEND files ${file})
  endwhile()
  set(source ${CMAKE_BINARY_DIR}/embed/${target}.S)
  file(CONFIGURE OUTPUT ${source} CONTENT "${assembly}" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${source})
endfunction()
