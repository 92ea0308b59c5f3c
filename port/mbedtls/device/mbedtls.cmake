# Mbed TLS and its port for a machine that has neither: from source.
#   mbedtls_device(SOURCE)   SOURCE: what tools/mbedtls-source prints
# makes mbedcrypto_device (the library, as mbedtls_device_config.h has it) and
# p_mbedtls (the port over it).  The image that links them brings
# mbedtls_hardware_poll().
set(MBEDTLS_DEVICE_DIR ${CMAKE_CURRENT_LIST_DIR})
function(mbedtls_device source)
	if(NOT EXISTS ${source}/library/psa_crypto.c)
		message(FATAL_ERROR "no Mbed TLS in '${source}': "
			"tools/mbedtls-source fetches it")
	endif()
	file(GLOB library ${source}/library/*.c)
	# What no configuration of a device builds anything from.
	list(FILTER library EXCLUDE REGEX
		"/(ssl_|x509|net_sockets|certs|debug|psa_its_file|timing)")
	add_library(mbedcrypto_device STATIC ${library})
	target_include_directories(mbedcrypto_device SYSTEM PUBLIC
		${source}/include ${MBEDTLS_DEVICE_DIR})
	target_include_directories(mbedcrypto_device PRIVATE ${source}/library)
	target_compile_definitions(mbedcrypto_device PUBLIC
		MBEDTLS_CONFIG_FILE=<mbedtls_device_config.h>)
	target_compile_options(mbedcrypto_device PRIVATE
		-ffunction-sections -fdata-sections)
	file(GLOB port ${MBEDTLS_DEVICE_DIR}/../*.c)
	add_library(p_mbedtls STATIC ${port})
	target_include_directories(p_mbedtls PUBLIC ${MBEDTLS_DEVICE_DIR}/..)
	target_link_libraries(p_mbedtls PUBLIC t_cose mbedcrypto_device)
endfunction()
