# Compile rules of every layer: C17, warnings are errors, hidden visibility, optional sanitizers.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

add_library(tmlrt_compile INTERFACE)
target_compile_options(tmlrt_compile INTERFACE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wundef -Wpointer-arith -fno-strict-aliasing
    $<$<CONFIG:RelWithDebInfo,Release>:-falign-functions=64> # short paths: no entry straddles two lines
    $<$<C_COMPILER_ID:GNU>:-fno-semantic-interposition> $<$<C_COMPILER_ID:Clang>:-Wno-string-concatenation>)
target_compile_definitions(tmlrt_compile INTERFACE _GNU_SOURCE)
target_include_directories(tmlrt_compile INTERFACE ${CMAKE_SOURCE_DIR}
    ${CMAKE_SOURCE_DIR}/abi/include ${CMAKE_SOURCE_DIR}/rt/include ${CMAKE_SOURCE_DIR}/std/http/include)
if(TMLRT_SANITIZE STREQUAL "address")
    set(TMLRT_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(TMLRT_SANITIZE STREQUAL "thread")
    set(TMLRT_SANITIZE_FLAGS -fsanitize=thread -fno-omit-frame-pointer)
elseif(NOT TMLRT_SANITIZE STREQUAL "")
    message(FATAL_ERROR "TMLRT_SANITIZE is '${TMLRT_SANITIZE}': use address, thread, or leave it empty")
endif()
if(TMLRT_SANITIZE_FLAGS)
    target_compile_options(tmlrt_compile INTERFACE ${TMLRT_SANITIZE_FLAGS})
    target_link_options(tmlrt_compile INTERFACE ${TMLRT_SANITIZE_FLAGS})
endif()

if(TMLRT_FUZZ) # coverage of the whole library, at speed; the targets alone link the engine (tests/fuzz)
    target_compile_options(tmlrt_compile INTERFACE -fsanitize=fuzzer-no-link -O1)
endif()

# What runs for every message is one unit to the optimiser, across files (TmlrtLibrary.cmake), where the compiler can.
# Not TLS: a program that has none need not link its library.
set(TMLRT_CORE_LAYERS tmlrt_abi trt_base trt_os trt_time trt_reactor trt_sync trt_exec trt_fut trt_io trt_net)
set(TMLRT_HTTP_LAYERS trt_http_core trt_http_h1 trt_http_h2 trt_http_server trt_http_framework)
set(TMLRT_UNIT_FLAGS -O2 -g -fPIC -falign-functions=64 -flto -flto-partition=one)
set(TMLRT_UNITS OFF)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT TMLRT_SANITIZE)
    set(TMLRT_UNITS ON)
endif()
function(tmlrt_set_unit layer)
    foreach(unit IN ITEMS core http)
        string(TOUPPER ${unit} name)
        if(TMLRT_UNITS AND layer IN_LIST TMLRT_${name}_LAYERS)
            target_compile_options(${layer} PRIVATE -flto)
            set_target_properties(${layer} PROPERTIES TMLRT_UNIT ${unit})
        endif()
    endforeach()
endfunction()

# tmlrt_layer(NAME folder...) compiles the .c files that lie directly in the folders as one object
# library and adds it to the runtime.
set_property(GLOBAL PROPERTY TMLRT_LAYERS "")
function(tmlrt_layer name)
    set(sources "")
    foreach(folder IN LISTS ARGN)
        file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.c)
        list(APPEND sources ${found})
    endforeach()
    if(NOT sources)
        return()
    endif()
    add_library(${name} OBJECT ${sources})
    target_link_libraries(${name} PRIVATE tmlrt_compile)
    tmlrt_set_unit(${name})
    set_property(GLOBAL APPEND PROPERTY TMLRT_LAYERS ${name})
endfunction()
