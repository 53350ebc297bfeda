# What `native` delivers: LLAMASPAN_OUTPUT/lib and /bin, every library one file whose neighbours it finds by itself.

if(APPLE)
    set(LLAMASPAN_ORIGIN "@loader_path")
else()
    set(LLAMASPAN_ORIGIN "$ORIGIN")
endif()

set(CMAKE_INSTALL_MESSAGE NEVER)

# llamaspan_deliver(<target>...): build the targets with `native` and install them.
function(llamaspan_deliver)
    foreach(target IN LISTS ARGN)
        get_target_property(type ${target} TYPE)
        if(type STREQUAL "EXECUTABLE" AND NOT WIN32)
            set_target_properties(${target} PROPERTIES INSTALL_RPATH "${LLAMASPAN_ORIGIN}/../lib")
            install(TARGETS ${target} COMPONENT native RUNTIME DESTINATION bin)
        else()      # Windows looks for libraries beside the program
            set_target_properties(${target} PROPERTIES
                INSTALL_RPATH "${LLAMASPAN_ORIGIN}" BUILD_WITH_INSTALL_RPATH ON)
            # One file a library, its soname the file's name: packages cannot carry symbolic links.
            set_property(TARGET ${target} PROPERTY VERSION)
            set_property(TARGET ${target} PROPERTY SOVERSION)
            set_property(TARGET ${target} PROPERTY PUBLIC_HEADER)
            install(TARGETS ${target} COMPONENT native
                LIBRARY DESTINATION lib RUNTIME DESTINATION lib ARCHIVE DESTINATION lib EXCLUDE_FROM_ALL)
        endif()
        set_property(GLOBAL APPEND PROPERTY LLAMASPAN_DELIVERED ${target})
    endforeach()
endfunction()

# The target `native`: builds what was delivered, and swaps it into LLAMASPAN_OUTPUT when something changed.
function(llamaspan_add_native_target)
    get_property(targets GLOBAL PROPERTY LLAMASPAN_DELIVERED)
    set(files)
    foreach(target IN LISTS targets)
        list(APPEND files "$<TARGET_FILE:${target}>")
    endforeach()
    set(stamp "${LLAMASPAN_OUTPUT}/complete")
    set(staged "${CMAKE_BINARY_DIR}/delivered")
    add_custom_command(OUTPUT "${stamp}"
        COMMAND ${CMAKE_COMMAND} -E rm -rf "${staged}"
        COMMAND ${CMAKE_COMMAND} --install "${CMAKE_BINARY_DIR}" --config $<CONFIG> --component native --prefix "${staged}"
        COMMAND ${CMAKE_COMMAND} -E touch "${staged}/complete"
        COMMAND ${CMAKE_COMMAND} -E rm -rf "${LLAMASPAN_OUTPUT}"
        COMMAND ${CMAKE_COMMAND} -E rename "${staged}" "${LLAMASPAN_OUTPUT}"
        DEPENDS ${targets} ${files}
        COMMENT "Delivering to ${LLAMASPAN_OUTPUT}" VERBATIM)
    add_custom_target(native ALL DEPENDS "${stamp}")
endfunction()
