/*
 * pkcs11_int: between the files of this port.
 */
#ifndef PKCS11_INT_H
#define PKCS11_INT_H

#include "pkcs11_signer.h"

struct pkcs11_value {
	uint8_t p[512]; /* NUL at its end */
	size_t n;
	bool given;
};

struct pkcs11_uri {
	struct pkcs11_value token, object, id, module, pin_file;
};

/* False: it is none, or lacks something. */
bool pkcs11_uri_read(const char *uri, struct pkcs11_uri *out);

#endif
