# The sources of llama.cpp/common that chat templates need, copied to the build folder with calls of hooks.h put in. The llama-common
# target would do without the copy, but links an HTTP client, writes to stderr, and gives a template no bounds: it may loop for ever,
# recurse until the stack ends or double a string until memory ends. Every edit must apply exactly as often as it says, so a new
# pin of llama.cpp cannot lose one silently.

set(LLAMASPAN_COMMON "${CMAKE_SOURCE_DIR}/native/llama.cpp/common")
set(LLAMASPAN_HOOKED "${CMAKE_CURRENT_BINARY_DIR}/chat-common")

include("${LLAMASPAN_COMMON}/parsers/sources.cmake")
set(LLAMASPAN_CHAT_SOURCES
    chat-auto-parser-generator.cpp chat-auto-parser-helpers.cpp chat-diff-analyzer.cpp chat-peg-parser.cpp chat.cpp
    jinja/caps.cpp jinja/lexer.cpp jinja/parser.cpp jinja/runtime.cpp jinja/string.cpp jinja/value.cpp
    json-schema-to-grammar.cpp json-schema.cpp json.cpp peg-parser.cpp trie.cpp unicode.cpp)
foreach(parser IN LISTS LLAMA_CHAT_PARSERS_SOURCES)
    if(parser MATCHES "\\.cpp$")
        file(RELATIVE_PATH parser "${LLAMASPAN_COMMON}" "${parser}")
        list(APPEND LLAMASPAN_CHAT_SOURCES "${parser}")
    endif()
endforeach()

# hook(<file> <times> <old> <new>): in the copy of a file, text that stands there so many times becomes other text.
function(hook file times old new)
    get_property(text GLOBAL PROPERTY "LLAMASPAN_TEXT_${file}")
    if(NOT text)
        file(READ "${LLAMASPAN_COMMON}/${file}" text)
        set_property(GLOBAL APPEND PROPERTY LLAMASPAN_HOOKED_FILES "${file}")
    endif()
    string(REPLACE "${old}" "" without "${text}")
    string(LENGTH "${text}" length)
    string(LENGTH "${without}" rest)
    string(LENGTH "${old}" one)
    math(EXPR found "(${length} - ${rest}) / ${one}")
    if(NOT found EQUAL times)
        message(FATAL_ERROR "native/shim/chat/hooks.cmake: ${file} has ${found} times, not ${times}: ${old}")
    endif()
    string(REPLACE "${old}" "${new}" text "${text}")
    set_property(GLOBAL PROPERTY "LLAMASPAN_TEXT_${file}" "${text}")
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/hooks.cmake")

# write_if_new(<path> <text>): keeps the time stamp of a file that is right already.
function(write_if_new path text)
    if(EXISTS "${path}")
        file(READ "${path}" present)
        if(present STREQUAL text)
            return()
        endif()
    endif()
    file(WRITE "${path}" "${text}")
endfunction()

get_property(hooked GLOBAL PROPERTY LLAMASPAN_HOOKED_FILES)
file(GLOB headers RELATIVE "${LLAMASPAN_COMMON}" "${LLAMASPAN_COMMON}/*.h" "${LLAMASPAN_COMMON}/jinja/*.h" "${LLAMASPAN_COMMON}/parsers/*.h")
foreach(file IN LISTS headers LLAMASPAN_CHAT_SOURCES)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${LLAMASPAN_COMMON}/${file}")
    if(file IN_LIST hooked)
        get_property(text GLOBAL PROPERTY "LLAMASPAN_TEXT_${file}")
        write_if_new("${LLAMASPAN_HOOKED}/${file}" "${text}")
    else()
        configure_file("${LLAMASPAN_COMMON}/${file}" "${LLAMASPAN_HOOKED}/${file}" COPYONLY)
    endif()
endforeach()

list(TRANSFORM LLAMASPAN_CHAT_SOURCES PREPEND "${LLAMASPAN_HOOKED}/" OUTPUT_VARIABLE sources)
set(alone ${sources})
list(FILTER alone EXCLUDE REGEX "/parsers/")
set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
add_library(llamaspan-chat-common OBJECT ${sources})
target_include_directories(llamaspan-chat-common PUBLIC
    "${CMAKE_CURRENT_LIST_DIR}" "${LLAMASPAN_HOOKED}")
target_include_directories(llamaspan-chat-common PRIVATE "${CMAKE_SOURCE_DIR}/native/llama.cpp/vendor")
target_compile_features(llamaspan-chat-common PUBLIC cxx_std_17)
target_link_libraries(llamaspan-chat-common PUBLIC llama ggml)
set_target_properties(llamaspan-chat-common PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    UNITY_BUILD ON                  # the formats' parsers: small files with the same large headers
    UNITY_BUILD_BATCH_SIZE 8
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
