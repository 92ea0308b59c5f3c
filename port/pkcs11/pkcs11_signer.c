/*
 * pkcs11_signer: the calls.
 */
#include "pkcs11_int.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/cose.h>
#include <unistd.h>

#define SLOTS_MAX 64
#define PIN_MAX   256
/* Octets of a Sig_structure. */
#define MESSAGE_MAX 65536

struct pkcs11 {
	const struct crypto *crypto;
	void *module;
	CK_FUNCTION_LIST *f;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	bool started, open;
	int32_t crv;
};

static enum err
start(struct pkcs11 *t, const struct pkcs11_uri *u, const char **said)
{
	CK_C_GetFunctionList list;
	void *entry;
	CK_RV rv;

	t->module = dlopen((const char *)u->module.p, RTLD_NOW | RTLD_LOCAL);
	if (t->module == NULL) {
		*said = "the module cannot be loaded";
		return ERR_NOT_FOUND;
	}
	entry = dlsym(t->module, "C_GetFunctionList");
	if (entry == NULL) {
		*said = "the module is none of PKCS#11";
		return ERR_NOT_FOUND;
	}
	/* a function pointer as dlsym has it */
	memcpy(&list, &entry, sizeof(list));
	if (list(&t->f) != CKR_OK)
		return ERR_CRYPTO;
	rv = t->f->C_Initialize(NULL);
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return ERR_CRYPTO;
	t->started = rv == CKR_OK;
	return OK;
}

/* Padded with blanks, as tokens have it. */
static bool
label_is(const CK_UTF8CHAR *label, size_t n, const struct pkcs11_value *v)
{
	if (v->n > n || memcmp(label, v->p, v->n) != 0)
		return false;
	for (size_t i = v->n; i < n; i++)
		if (label[i] != ' ')
			return false;
	return true;
}

static enum err
session(struct pkcs11 *t, const struct pkcs11_uri *u, const char **said)
{
	CK_SLOT_ID slot[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;

	if (t->f->C_GetSlotList(CK_TRUE, slot, &n) != CKR_OK)
		return ERR_CRYPTO;
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		if (t->f->C_GetTokenInfo(slot[i], &info) != CKR_OK ||
		    !label_is(info.label, sizeof(info.label), &u->token))
			continue;
		if (t->f->C_OpenSession(slot[i], CKF_SERIAL_SESSION, NULL, NULL,
			&t->session) != CKR_OK)
			return ERR_CRYPTO;
		t->open = true;
		return OK;
	}
	*said = "there is no such token";
	return ERR_NOT_FOUND;
}

static enum err
login(struct pkcs11 *t, const struct pkcs11_uri *u, const char **said)
{
	CK_UTF8CHAR pin[PIN_MAX];
	ssize_t n;
	CK_RV rv;
	int fd;

	if (!u->pin_file.given)
		return OK;
	fd = open((const char *)u->pin_file.p, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? -1 : read(fd, pin, sizeof(pin));
	if (fd != -1)
		(void)close(fd);
	if (n <= 0) {
		*said = "the file of the PIN cannot be read";
		return ERR_NOT_FOUND;
	}
	while (n > 0 && (pin[n - 1] == '\n' || pin[n - 1] == '\r'))
		n--;
	rv = t->f->C_Login(t->session, CKU_USER, pin, (CK_ULONG)n);
	wipe(pin, sizeof(pin));
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return OK;
	*said = "the token refuses the PIN";
	return ERR_SIGNER_ACCESS;
}

/* The one object of this class that the URI, or an id, names. */
static enum err
find(struct pkcs11 *t, CK_OBJECT_CLASS class, const struct pkcs11_value *object,
    const struct pkcs11_value *id, CK_OBJECT_HANDLE *out)
{
	CK_ATTRIBUTE want[3] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 1;
	CK_RV rv;

	if (object->given)
		want[n++] = (CK_ATTRIBUTE){
		    CKA_LABEL, (void *)(uintptr_t)object->p, object->n};
	if (id->given)
		want[n++] =
		    (CK_ATTRIBUTE){CKA_ID, (void *)(uintptr_t)id->p, id->n};
	if (t->f->C_FindObjectsInit(t->session, want, n) != CKR_OK)
		return ERR_CRYPTO;
	n = 0;
	rv = t->f->C_FindObjects(t->session, found, 2, &n);
	(void)t->f->C_FindObjectsFinal(t->session);
	if (rv != CKR_OK)
		return ERR_CRYPTO;
	if (n != 1)
		return n == 0 ? ERR_NOT_FOUND : ERR_DUPLICATE;
	*out = found[0];
	return OK;
}

/* The point of a public key: an OCTET STRING, or bare. */
static bool
point(const uint8_t *p, size_t n, struct cose_key *out)
{
	if (n > 2 && p[0] == 0x04 && p[1] == n - 2) {
		p += 2;
		n -= 2;
	}
	memset(out, 0, sizeof(*out));
	if (n == 65 && p[0] == 0x04) {
		out->kty = KTY_EC2;
		out->crv = CRV_P256;
		memcpy(out->x, p + 1, 32);
		memcpy(out->y, p + 33, 32);
		return true;
	}
	if (n != 32)
		return false;
	out->kty = KTY_OKP;
	out->crv = CRV_ED25519;
	memcpy(out->x, p, 32);
	return true;
}

/* The public half: of the same id as the private one. */
static enum err
public_half(struct pkcs11 *t, struct cose_key *pub, const char **said)
{
	struct pkcs11_value id = {.given = true}, none = {.given = false};
	CK_ATTRIBUTE of_id = {CKA_ID, id.p, sizeof(id.p) - 1};
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE of_type = {CKA_KEY_TYPE, &type, sizeof(type)};
	uint8_t room[256];
	CK_ATTRIBUTE of_point = {CKA_EC_POINT, room, sizeof(room)};
	CK_OBJECT_HANDLE other;

	if (t->f->C_GetAttributeValue(t->session, t->key, &of_id, 1) !=
		CKR_OK ||
	    t->f->C_GetAttributeValue(t->session, t->key, &of_type, 1) !=
		CKR_OK)
		return ERR_CRYPTO;
	id.n = of_id.ulValueLen;
	if (find(t, CKO_PUBLIC_KEY, &none, &id, &other) != OK) {
		*said = "its public half is not in the token";
		return ERR_NOT_FOUND;
	}
	if ((type != CKK_EC && type != CKK_EC_EDWARDS) ||
	    t->f->C_GetAttributeValue(t->session, other, &of_point, 1) !=
		CKR_OK ||
	    !point(room, of_point.ulValueLen, pub))
		return ERR_COSE_KEY;
	t->crv = pub->crv;
	return OK;
}

static enum err
sign(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct pkcs11 *t = ctx;
	CK_MECHANISM how = {
	    t->crv == CRV_P256 ? CKM_ECDSA : CKM_EDDSA, NULL, 0};
	CK_ULONG got = SIG_LEN;
	uint8_t digest[DIGEST_LEN], *all = NULL;
	struct bytes what = BYTES_OF(digest);
	size_t sum = 0;
	CK_RV rv;

	for (size_t i = 0; i < n; i++) {
		if (part[i].n > MESSAGE_MAX - sum)
			return ERR_TOO_LONG;
		sum += part[i].n;
	}
	if (t->crv == CRV_P256) {
		TRY(t->crypto->sha256(part, n, digest));
	} else {
		all = malloc(sum + 1);
		if (all == NULL)
			return ERR_MEMORY;
		what = (struct bytes){all, 0};
		for (size_t i = 0; i < n; i++) {
			if (part[i].n > 0)
				memcpy(all + what.n, part[i].p, part[i].n);
			what.n += part[i].n;
		}
	}
	rv = t->f->C_SignInit(t->session, &how, t->key);
	if (rv == CKR_OK)
		rv = t->f->C_Sign(t->session, (CK_BYTE *)(uintptr_t)what.p,
		    what.n, sig, &got);
	free(all);
	return rv == CKR_OK && got == SIG_LEN ? OK : ERR_CRYPTO;
}

enum err
pkcs11_open(const struct crypto *c, const char *uri, struct pkcs11 **token,
    struct signer *out, struct cose_key *pub, const char **said)
{
	struct pkcs11 *t = calloc(1, sizeof(*t));
	struct pkcs11_uri u;
	enum err e = OK;

	*token = NULL;
	*said = NULL;
	memset(out, 0, sizeof(*out));
	if (t == NULL)
		return ERR_MEMORY;
	t->crypto = c;
	if (!pkcs11_uri_read(uri, &u)) {
		*said = "wanted is pkcs11:token=T;object=O?module-path=FILE"
			"&pin-source=FILE";
		e = ERR_SYNTAX;
	}
	if (e == OK)
		e = start(t, &u, said);
	if (e == OK)
		e = session(t, &u, said);
	if (e == OK)
		e = login(t, &u, said);
	if (e == OK) {
		e = find(t, CKO_PRIVATE_KEY, &u.object, &u.id, &t->key);
		if (e != OK)
			*said = e == ERR_DUPLICATE
				    ? "the token has several such keys"
				    : "the token has no such private key";
	}
	if (e == OK)
		e = public_half(t, pub, said);
	if (e == OK)
		e = cose_key_thumbprint(c, pub, out->kid);
	if (e != OK) {
		pkcs11_close(t);
		return e;
	}
	out->alg = pub->crv == CRV_P256 ? ALG_ESP256 : ALG_ED25519;
	out->ctx = t;
	out->sign = sign;
	*token = t;
	return OK;
}

void
pkcs11_close(struct pkcs11 *t)
{
	if (t == NULL)
		return;
	if (t->open)
		(void)t->f->C_CloseSession(t->session);
	if (t->started)
		(void)t->f->C_Finalize(NULL);
	if (t->module != NULL)
		(void)dlclose(t->module);
	free(t);
}
