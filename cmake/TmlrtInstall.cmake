# Install: headers, both libraries, tmlcg. The package files are added in cmake/package/.
install(TARGETS tmlrt_static tmlrt_shared)
foreach(root abi rt std/http)
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/${root}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()
