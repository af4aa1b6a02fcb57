# web/dist, the OpenAPI document and the manual, embedded in the binary: one assembler .incbin a file, and a table with their names.
file(GLOB assets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/dist/*)

# The document is made of openapi/openapi.json and of the parts that the files beside it describe.
file(GLOB openapi_parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/openapi/parts/*.json)
set(openapi_document ${CMAKE_BINARY_DIR}/generated/openapi.json)
add_custom_command(OUTPUT ${openapi_document}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/merge_openapi.py ${openapi_document}
        ${CMAKE_SOURCE_DIR}/openapi/openapi.json ${openapi_parts}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/merge_openapi.py ${CMAKE_SOURCE_DIR}/openapi/openapi.json ${openapi_parts}
    VERBATIM)
list(APPEND assets ${openapi_document})

# The manual: a page for each chapter of docs/manual, a first page, and their style sheet.
file(GLOB manual_chapters CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/manual/*.md)
set(manual_folder ${CMAKE_BINARY_DIR}/generated/manual)
set(manual_pages ${manual_folder}/docs.index.html)
foreach(chapter ${manual_chapters})
    get_filename_component(name ${chapter} NAME_WE)
    string(REGEX REPLACE "^[0-9]+-" "" name ${name})
    list(APPEND manual_pages ${manual_folder}/docs.${name}.html)
endforeach()
add_custom_command(OUTPUT ${manual_pages}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/manual.py ${manual_folder} ${manual_chapters}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/manual.py ${CMAKE_SOURCE_DIR}/cmake/manual_packets.py ${manual_chapters}
    VERBATIM)
list(APPEND assets ${manual_pages} ${CMAKE_SOURCE_DIR}/docs/manual/manual.css)

set(assembly "// Generated: the embedded files.\n")
set(declarations "")
set(rows "")
set(number 0)
foreach(asset ${assets})
    get_filename_component(name ${asset} NAME)
    string(APPEND assembly
        ".section .rodata\n.global sluice_asset_${number}\n.global sluice_asset_${number}_end\n"
        "sluice_asset_${number}:\n.incbin \"${asset}\"\nsluice_asset_${number}_end:\n.byte 0\n")
    string(APPEND declarations "extern const char sluice_asset_${number}[], sluice_asset_${number}_end[];\n")
    string(APPEND rows "    {\"${name}\", sluice_asset_${number}, sluice_asset_${number}_end},\n")
    math(EXPR number "${number} + 1")
endforeach()
string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/web_assets.S CONTENT "${assembly}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/web_assets.inc
     CONTENT "extern \"C\" {\n${declarations}}\nconstexpr std::size_t web_asset_count = ${number};\nstruct web_asset_row {\n    const char* name;\n    const char* begin;\n    const char* end;\n};\nstatic const web_asset_row web_asset_rows[] = {\n${rows}};\n"
     @ONLY)

enable_language(ASM)
add_library(web_assets STATIC ${CMAKE_BINARY_DIR}/generated/web_assets.S)
set_source_files_properties(${CMAKE_BINARY_DIR}/generated/web_assets.S PROPERTIES OBJECT_DEPENDS "${assets}")
