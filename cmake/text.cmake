# kinko_text(LAYER FILE FUNCTION HEADER): the text of FILE becomes what FUNCTION returns, so that
# a text which people read as a file is written only once.
function(kinko_text layer file function header)
  if(NOT TARGET ${layer})
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.c)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D file=${CMAKE_SOURCE_DIR}/${file} -D function=${function}
      -D header=${header} -D source=${source} -P ${CMAKE_SOURCE_DIR}/cmake/write_text.cmake
    DEPENDS ${file} cmake/write_text.cmake VERBATIM)
  target_sources(${layer} PRIVATE ${source})
endfunction()
