# The library as it is installed: libtamarind with every room of lib/, and
# libtamarind-openssl with the cryptographic port that most users want.  Both
# export what their public headers declare and nothing else (the maps, held
# against the headers by tools/abi).
#
# They are compiled for themselves, without the sanitizers of the check preset
# and position-independent: what the tests look at is what users get.
set(TAMARIND_ABI 0)
file(GLOB rooms_all CONFIGURE_DEPENDS lib/*/*.c)
file(GLOB openssl_all CONFIGURE_DEPENDS port/openssl/*.c)

# shared(TARGET OUTPUT MAP files...)
function(shared target output map)
	add_library(${target} SHARED ${ARGN})
	target_include_directories(${target} PRIVATE include)
	target_compile_options(${target} PRIVATE ${HOUSE_WARNINGS}
		-fno-common -fstack-protector-strong -O2)
	target_link_options(${target} PRIVATE -Wl,-Bsymbolic-functions
		-Wl,-z,relro,-z,now -Wl,--no-undefined
		-Wl,--version-script=${CMAKE_SOURCE_DIR}/${map})
	set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output}
		VERSION ${PROJECT_VERSION}
		SOVERSION ${TAMARIND_ABI}
		LINK_DEPENDS ${CMAKE_SOURCE_DIR}/${map})
endfunction()

shared(tamarind tamarind packaging/library/tamarind.map ${rooms_all})
shared(tamarind-openssl tamarind-openssl
	packaging/library/tamarind-openssl.map ${openssl_all})
target_compile_definitions(tamarind-openssl PRIVATE _GNU_SOURCE)
target_link_libraries(tamarind-openssl PRIVATE PkgConfig::OPENSSL
	PUBLIC tamarind)

target_include_directories(tamarind INTERFACE $<INSTALL_INTERFACE:include>)
set_target_properties(tamarind-openssl PROPERTIES EXPORT_NAME openssl)
install(TARGETS tamarind tamarind-openssl EXPORT Tamarind
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(DIRECTORY include/tamarind TYPE INCLUDE COMPONENT library)
install(FILES port/openssl/crypto_openssl.h
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tamarind COMPONENT library)

# find_package(Tamarind) and pkg-config.
include(CMakePackageConfigHelpers)
set(cmake_home ${CMAKE_INSTALL_LIBDIR}/cmake/Tamarind)
install(EXPORT Tamarind NAMESPACE Tamarind:: DESTINATION ${cmake_home}
	FILE TamarindConfig.cmake COMPONENT library)
write_basic_package_version_file(TamarindConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TamarindConfigVersion.cmake
	DESTINATION ${cmake_home} COMPONENT library)
# Where they stand is known when they are installed: --prefix may be said then.
install(CODE "
	set(version \"${PROJECT_VERSION}\")
	set(libdir \"${CMAKE_INSTALL_LIBDIR}\")
	set(includedir \"${CMAKE_INSTALL_INCLUDEDIR}\")
	set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
	foreach(pc tamarind tamarind-openssl)
		configure_file(
			\"${CMAKE_SOURCE_DIR}/packaging/library/\${pc}.pc.in\"
			\"${CMAKE_BINARY_DIR}/\${pc}.pc\" @ONLY)
	endforeach()" COMPONENT library)
install(FILES ${CMAKE_BINARY_DIR}/tamarind.pc
	${CMAKE_BINARY_DIR}/tamarind-openssl.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
