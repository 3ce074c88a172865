# A layer is a folder that becomes a static library and may use the layers named, no others.
# .ci/layers.sh checks the same order in the #include lines.

# kinko_layer(NAME FOLDER [FILES file... | EXCEPT file...] [USES layer...] [LIBRARIES library...])
# Without FILES: every source of the folder except main.c and those of EXCEPT.
function(kinko_layer name folder)
  cmake_parse_arguments(LAYER "" "" "FILES;EXCEPT;USES;LIBRARIES" ${ARGN})
  if(LAYER_FILES)
    list(TRANSFORM LAYER_FILES PREPEND ${folder}/)
  else()
    file(GLOB LAYER_FILES CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${folder}/*.c)
    list(REMOVE_ITEM LAYER_FILES main.c ${LAYER_EXCEPT})
    list(TRANSFORM LAYER_FILES PREPEND ${folder}/)
  endif()
  if(NOT LAYER_FILES)
    return()
  endif()
  add_library(${name} STATIC ${LAYER_FILES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${LAYER_USES} PRIVATE ${LAYER_LIBRARIES})
endfunction()

# kinko_program(NAME MAIN USES layer... [LIBRARIES library...] [INSTALL folder])
function(kinko_program name main)
  cmake_parse_arguments(PROGRAM "" "INSTALL" "USES;LIBRARIES" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${main})
    return()
  endif()
  add_executable(${name} ${main})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${PROGRAM_USES} ${PROGRAM_LIBRARIES})
  if(PROGRAM_INSTALL)
    install(TARGETS ${name} RUNTIME DESTINATION ${PROGRAM_INSTALL})
  endif()
endfunction()

# kinko_module(NAME MAIN USES layer... [INSTALL folder]): NAME.so in lib/, for other people's
# programs to load. It brings in no library that none of its code needs, and stays loaded.
function(kinko_module name main)
  cmake_parse_arguments(MODULE "" "INSTALL" "USES" ${ARGN})
  add_library(${name} MODULE ${main})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${MODULE_USES})
  target_link_options(${name} PRIVATE -Wl,--as-needed -Wl,-z,nodelete -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${KINKO_OUTPUT}/lib)
  install(TARGETS ${name} LIBRARY DESTINATION ${MODULE_INSTALL})
endfunction()

# kinko_language(LANGUAGE): compiles po/LANGUAGE.po for the build tree and the install.
find_program(MSGFMT msgfmt REQUIRED)
function(kinko_language language)
  set(folder ${KINKO_OUTPUT}/share/locale/${language}/LC_MESSAGES)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/kinko.mo
    COMMAND ${MSGFMT} --check -o ${folder}/kinko.mo ${CMAKE_SOURCE_DIR}/po/${language}.po
    DEPENDS ${CMAKE_SOURCE_DIR}/po/${language}.po VERBATIM)
  add_custom_target(language_${language} ALL DEPENDS ${folder}/kinko.mo)
endfunction()

# kinko_unit_tests(LAYER [LIBRARIES library...]): tests/unit/LAYER/test_*.c, one program each.
# given.c in the same folder, where there is one, holds what they share. The target LAYER_tests
# builds them.
function(kinko_unit_tests layer)
  cmake_parse_arguments(TESTS "" "" "LIBRARIES" ${ARGN})
  if(NOT TARGET ${layer})
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS tests/unit/${layer}/test_*.c)
  file(GLOB shared CONFIGURE_DEPENDS tests/unit/${layer}/given*.c)
  add_custom_target(${layer}_tests)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    set(target ${layer}_${name})
    add_executable(${target} ${source} ${shared})
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
    # Where the tree lies: for tests that read a file of it.
    target_compile_definitions(${target} PRIVATE KINKO_SOURCE="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${target} PRIVATE ${layer} cmocka ${TESTS_LIBRARIES})
    set_target_properties(${target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${layer}/${name} COMMAND ${target})
    add_dependencies(${layer}_tests ${target})
  endforeach()
endfunction()
