# Install: headers, libtmlrt static and shared, tmlcg, and what finds them: a CMake package and pkg-config files.
# Everything is relative to where the package files lie, so an installed tree may be moved.
#   CMake:       find_package(tmlrt) gives tmlrt::tmlrt (shared) and tmlrt::static
#   pkg-config:  tmlrt (with --static for the archive's private libraries), tmlcg
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tmlrt)

set_target_properties(tmlrt_shared PROPERTIES EXPORT_NAME tmlrt)
set_target_properties(tmlrt_static PROPERTIES EXPORT_NAME static)
install(TARGETS tmlrt_static tmlrt_shared EXPORT tmlrtTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT tmlrtTargets NAMESPACE tmlrt:: DESTINATION ${package_folder})
foreach(root abi rt std/http)
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/${root}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/package/tmlrtConfig.cmake.in
    ${CMAKE_BINARY_DIR}/package/tmlrtConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/tmlrtConfigVersion.cmake
    COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/tmlrtConfig.cmake ${CMAKE_BINARY_DIR}/package/tmlrtConfigVersion.cmake
    DESTINATION ${package_folder})

# The prefix as seen from the folder of the .pc files.
file(RELATIVE_PATH pc_prefix /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(${CMAKE_SOURCE_DIR}/cmake/package/tmlrt.pc.in ${CMAKE_BINARY_DIR}/package/tmlrt.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/tmlrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TMLRT_HOOKS AND TARGET tmlcg)
    string(REPLACE ";" " " pc_llvm "${llvm_link}")
    configure_file(${CMAKE_SOURCE_DIR}/cmake/package/tmlcg.pc.in ${CMAKE_BINARY_DIR}/package/tmlcg.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/package/tmlcg.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
