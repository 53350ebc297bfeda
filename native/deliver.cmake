# What the verbs `native` and `peers` deliver: <folder>/lib and <folder>/bin, every library one file, and each finds the
# libraries of `native` by itself.

if(APPLE)
    set(LLAMASPAN_ORIGIN "@loader_path")
else()
    set(LLAMASPAN_ORIGIN "$ORIGIN")
endif()
set(CMAKE_INSTALL_MESSAGE NEVER)

# llamaspan_deliver(<target>...): build the targets with the verb native and install them.
function(llamaspan_deliver)
    llamaspan_deliver_to(native ${ARGN})
endfunction()

# llamaspan_deliver_to(native|peers <target>...): the same with either verb.
function(llamaspan_deliver_to component)
    set(native_libraries)
    if(NOT component STREQUAL "native")
        set(native_libraries "${LLAMASPAN_ORIGIN}/../../native/lib")
    endif()
    foreach(target IN LISTS ARGN)
        get_target_property(type ${target} TYPE)
        set_property(TARGET ${target} PROPERTY BUILD_WITH_INSTALL_RPATH ON)   # nothing is run where it is built
        if(type STREQUAL "EXECUTABLE" AND NOT WIN32)
            set_target_properties(${target} PROPERTIES INSTALL_RPATH "${LLAMASPAN_ORIGIN}/../lib;${LLAMASPAN_ORIGIN};${native_libraries}")    # beside its libraries in a package
            install(TARGETS ${target} COMPONENT ${component} RUNTIME DESTINATION bin)
        else()      # Windows looks for libraries beside the program
            set_target_properties(${target} PROPERTIES INSTALL_RPATH "${LLAMASPAN_ORIGIN};${native_libraries}")
            # One file a library, its soname the file's name: packages cannot carry symbolic links.
            set_property(TARGET ${target} PROPERTY VERSION)
            set_property(TARGET ${target} PROPERTY SOVERSION)
            set_property(TARGET ${target} PROPERTY PUBLIC_HEADER)
            install(TARGETS ${target} COMPONENT ${component}
                LIBRARY DESTINATION lib RUNTIME DESTINATION lib ARCHIVE DESTINATION lib EXCLUDE_FROM_ALL)
        endif()
        set_property(GLOBAL APPEND PROPERTY LLAMASPAN_DELIVERED_${component} ${target})
    endforeach()
endfunction()

# llamaspan_add_delivery(native|peers <folder>): the target of that name builds what was delivered to it, and swaps it
# into the folder when something changed.
function(llamaspan_add_delivery component folder)
    get_property(targets GLOBAL PROPERTY LLAMASPAN_DELIVERED_${component})
    set(files)
    foreach(target IN LISTS targets)
        list(APPEND files "$<TARGET_FILE:${target}>")
    endforeach()
    set(stamp "${folder}/complete")
    set(staged "${CMAKE_BINARY_DIR}/delivered-${component}")
    add_custom_command(OUTPUT "${stamp}"
        COMMAND ${CMAKE_COMMAND} -E rm -rf "${staged}"
        COMMAND ${CMAKE_COMMAND} --install "${CMAKE_BINARY_DIR}" --config $<CONFIG> --component ${component} --prefix "${staged}"
        COMMAND ${CMAKE_COMMAND} -E touch "${staged}/complete"
        COMMAND ${CMAKE_COMMAND} -E rm -rf "${folder}"
        COMMAND ${CMAKE_COMMAND} -E rename "${staged}" "${folder}"
        DEPENDS ${targets} ${files}
        COMMENT "Delivering to ${folder}" VERBATIM)
    add_custom_target(${component} DEPENDS "${stamp}")
endfunction()
