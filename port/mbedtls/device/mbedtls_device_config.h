/*
 * mbedtls_device_config: Mbed TLS 2.28 as a device needs it.
 *
 * Give it to the library and to the port as MBEDTLS_CONFIG_FILE.  What the
 * port calls, and nothing else: no files, no time, no sockets, no TLS.  The
 * image brings one function, the entropy of its platform:
 *
 *	int mbedtls_hardware_poll(void *data, unsigned char *out, size_t n,
 *	    size_t *got);
 *
 * and memory: calloc and free of its C library, or a pool lent with
 * mbedtls_memory_buffer_alloc_init() before crypto_mbedtls().
 */
#ifndef MBEDTLS_DEVICE_CONFIG_H
#define MBEDTLS_DEVICE_CONFIG_H

/* Platform: nothing is there but what the image says. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_CTR_DRBG_C
#define MBEDTLS_CTR_DRBG_USE_128_BIT_KEY

/* The door through which the port goes. */
#define MBEDTLS_PSA_CRYPTO_C

/* SHA-256, HMAC, HKDF. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_HKDF_C
#define MBEDTLS_ENTROPY_FORCE_SHA256

/* AES-128: key wrap, GCM, CTR.  Tables in flash, and half of them. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CIPHER_MODE_CTR
#define MBEDTLS_GCM_C

/* P-256: ECDSA with the nonces of RFC 6979, and ECDH. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_MAX_BITS    256
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECDSA_DETERMINISTIC
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C

/* Keys at once: this device's few, and one for each operation. */
#define MBEDTLS_PSA_KEY_SLOT_COUNT 16

#include <mbedtls/check_config.h>
#include <mbedtls/config_psa.h>

#endif
