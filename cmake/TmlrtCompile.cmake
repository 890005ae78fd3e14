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
    set_property(GLOBAL APPEND PROPERTY TMLRT_LAYERS ${name})
endfunction()
