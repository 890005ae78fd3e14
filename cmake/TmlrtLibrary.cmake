# libtmlrt, static and shared, from the same objects.
get_property(layers GLOBAL PROPERTY TMLRT_LAYERS)
set(objects "")
foreach(layer IN LISTS layers)
    get_target_property(unit ${layer} TMLRT_UNIT)
    if(unit)
        list(APPEND objects_of_${unit} $<TARGET_OBJECTS:${layer}>)
    else()
        list(APPEND objects $<TARGET_OBJECTS:${layer}>)
    endif()
endforeach()
# A unit is optimised as one; what comes out is an ordinary object, so that whoever links the library needs neither
# this compiler nor its options.
foreach(unit IN ITEMS core http)
    if(objects_of_${unit})
        set(object ${CMAKE_BINARY_DIR}/tmlrt_${unit}.o)
        add_custom_command(OUTPUT ${object} DEPENDS ${objects_of_${unit}} COMMAND_EXPAND_LISTS VERBATIM
            COMMAND ${CMAKE_C_COMPILER} ${TMLRT_UNIT_FLAGS} -r -nostdlib -flinker-output=nolto-rel -o ${object}
                ${objects_of_${unit}}
            # Names that the optimiser made up, for its debug information, stay the unit's own.
            COMMAND ${CMAKE_OBJCOPY} --wildcard --localize-symbol=*.c.* ${object})
        set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
        list(APPEND objects ${object})
    endif()
endforeach()
find_package(Threads REQUIRED)
find_library(FFI_LIBRARY ffi REQUIRED)
find_library(NGHTTP2_LIBRARY nghttp2 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)

add_library(tmlrt_static STATIC ${objects})
set_target_properties(tmlrt_static PROPERTIES OUTPUT_NAME tmlrt)
target_link_libraries(tmlrt_static PUBLIC Threads::Threads ffi nghttp2 ssl crypto)
set(public_include $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/abi/include>
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/rt/include> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/std/http/include>)
target_include_directories(tmlrt_static PUBLIC ${public_include})
target_link_options(tmlrt_static PUBLIC ${TMLRT_SANITIZE_FLAGS})

# nodelete: worker threads and thread-locals outlive a dlclose.
add_library(tmlrt_shared SHARED ${objects})
set_target_properties(tmlrt_shared PROPERTIES OUTPUT_NAME tmlrt VERSION ${PROJECT_VERSION} SOVERSION 1)
target_link_libraries(tmlrt_shared PRIVATE Threads::Threads ffi nghttp2 ssl crypto)
target_include_directories(tmlrt_shared PUBLIC ${public_include})
target_link_options(tmlrt_shared PRIVATE -Wl,-z,nodelete ${TMLRT_SANITIZE_FLAGS})
if(NOT TMLRT_SANITIZE)
    target_link_options(tmlrt_shared PRIVATE -Wl,-z,defs)
endif()
