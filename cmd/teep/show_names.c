/*
 * show_names: names of numbers that several tables show: of COSE, and of
 * registries that more than one format uses.
 *                                        [RFC 9052, 9053, 9459, 9864]
 */
#include "show.h"

struct number {
	int64_t n;
	const char *name;
};

static const char *
find(const struct number *list, size_t n, int64_t number)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].n == number)
			return list[i].name;
	return NULL;
}

const char *
cose_alg_name(int64_t alg)
{
	static const struct number names[] = {
	    {-3, "A128KW"},
	    {-4, "A192KW"},
	    {-5, "A256KW"},
	    {-6, "direct"},
	    {-7, "ES256"},
	    {-8, "EdDSA"},
	    {-9, "ESP256"},
	    {-16, "SHA-256"},
	    {-18, "SHAKE128"},
	    {-19, "Ed25519"},
	    {-25, "ECDH-ES+HKDF-256"},
	    {-26, "ECDH-ES+HKDF-512"},
	    {-29, "ECDH-ES+A128KW"},
	    {-30, "ECDH-ES+A192KW"},
	    {-31, "ECDH-ES+A256KW"},
	    {-35, "ES384"},
	    {-36, "ES512"},
	    {-43, "SHA-384"},
	    {-44, "SHA-512"},
	    {-45, "SHAKE256"},
	    {-46, "HSS-LMS"},
	    {-51, "ESP384"},
	    {-52, "ESP512"},
	    {1, "A128GCM"},
	    {2, "A192GCM"},
	    {3, "A256GCM"},
	    {4, "HMAC 256/64"},
	    {5, "HMAC 256/256"},
	    {6, "HMAC 384/384"},
	    {7, "HMAC 512/512"},
	    {24, "ChaCha20/Poly1305"},
	    {-65529, "A256CBC"},
	    {-65530, "A192CBC"},
	    {-65531, "A128CBC"},
	    {-65532, "A256CTR"},
	    {-65533, "A192CTR"},
	    {-65534, "A128CTR"},
	};

	return find(names, ARRAY_LEN(names), alg);
}

const char *
cose_suite_name(int64_t number)
{
	static const struct number names[] = {
	    {16, "COSE_Encrypt0"},
	    {17, "COSE_Mac0"},
	    {18, "COSE_Sign1"},
	    {96, "COSE_Encrypt"},
	    {97, "COSE_Mac"},
	    {98, "COSE_Sign"},
	};
	const char *name = find(names, ARRAY_LEN(names), number);

	return name != NULL ? name : cose_alg_name(number);
}

const char *
cose_curve_name(int64_t crv)
{
	static const struct number names[] = {
	    {1, "P-256"},
	    {2, "P-384"},
	    {3, "P-521"},
	    {4, "X25519"},
	    {5, "X448"},
	    {6, "Ed25519"},
	    {7, "Ed448"},
	};

	return find(names, ARRAY_LEN(names), crv);
}

/* Hash algorithms of the Named Information registry.  [RFC 6920] */
const char *
named_information(int64_t alg)
{
	static const struct number names[] = {
	    {1, "sha-256"},
	    {7, "sha-384"},
	    {8, "sha-512"},
	    {10, "sha3-256"},
	    {11, "sha3-384"},
	    {12, "sha3-512"},
	};

	return find(names, ARRAY_LEN(names), alg);
}

/* Version schemes of CoSWID, in EAT and CoRIM.  [RFC 9393 4.1] */
const char *
version_scheme_name(int64_t scheme)
{
	static const struct number names[] = {
	    {1, "multipartnumeric"},
	    {2, "multipartnumeric+suffix"},
	    {3, "alphanumeric"},
	    {4, "decimal"},
	    {5, "binary"},
	    {16384, "semver"},
	};

	return find(names, ARRAY_LEN(names), scheme);
}
