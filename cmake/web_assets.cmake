# web/dist and openapi/openapi.json, embedded in the binary: one assembler .incbin a file, and a table with their names.
file(GLOB assets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/dist/*)
list(APPEND assets ${CMAKE_SOURCE_DIR}/openapi/openapi.json)

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
