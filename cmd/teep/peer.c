/*
 * peer: print each step, and remember what it said.
 */
#include "peer.h"

#include "show.h"

#include <crypto_openssl.h>
#include <stdarg.h>
#include <stdlib.h>

void
peer_open(struct peer *p, const char *keys)
{
	p->crypto = crypto_or_die(PROG);
	peer_wrong_check(p);
	show_teep_dialect(&p->dialect);
	p->b = build_new(p->crypto);
	p->b.dialect = &p->dialect;
	/* without any, every signature is a stranger's */
	p->dir.view = key_ring_view(&p->dir.ring);
	if (keys != NULL)
		keydir_load(&p->dir, keys);
	p->has_keys = keys != NULL;
}

void
peer_close(struct peer *p)
{
	build_free(&p->b);
	keydir_free(&p->dir);
}

void
peer_note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
	(void)putchar('\n');
	(void)fflush(stdout);
}

/* The tree that `teep show` prints, by whatever it is. */
static void
print(const struct peer *p, struct bytes message)
{
	struct show s = {.out = stdout,
	    .node_first = true,
	    .crypto = p->crypto,
	    .keys = p->has_keys ? &p->dir : NULL};
	const struct kind *k = kind_of(message);

	if (k == NULL)
		k = kind_named("cbor");
	(void)show_whole(&s, message, k);
	lines_end(&s);
}

void
peer_said(struct peer *p, const char *to, struct bytes message)
{
	peer_note("--> %s, %zu octets", to, message.n);
	if (message.n > 0)
		print(p, message);
	(void)fflush(stdout);
}

/* Verify and read what came in; the reason why a receiver with these keys
 * refuses it, OK if it does not. */
static enum err
receive(struct peer *p, struct bytes message, struct why *why)
{
	const unsigned accept = ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_POLYMORPHIC;
	struct why other = {0};
	struct cose_signed s;
	enum err e, signature;

	p->m = (struct teep_message){0};
	p->looks[0] = 0;
	signature =
	    cose_verify(p->crypto, &p->dir.view, accept, message, &p->v, why);
	if (signature == OK && !p->has_keys)
		signature = ERR_UNKNOWN_KEY;
	p->verified = signature == OK;
	e = cose_signed_read(message, accept, &s, &other);
	if (e != OK || s.payload.p == NULL)
		return signature;
	/* the story goes on if it can be read at all */
	if (p->verified)
		e = teep_read(&p->v, &p->dialect, &p->m, why);
	else
		e = teep_parse(s.payload, &p->dialect, &p->m, &other);
	e = peer_dialect(p, &s, e, p->verified ? why : &other);
	return p->verified ? e : signature;
}

bool
peer_heard(struct peer *p, const char *from, struct bytes message)
{
	struct why why = {0};
	enum err e;

	peer_note("<-- %s, %zu octets", from, message.n);
	if (message.n == 0)
		return false;
	print(p, message);
	e = receive(p, message, &why);
	if (e == OK) {
		peer_note("    verdict: %s, signature holds",
		    teep_type_name(p->m.type));
		return true;
	}
	p->refused++;
	(void)printf("    verdict: a receiver with these keys refuses it: ");
	why.err = e;
	why_put(stdout, &why);
	peer_note("%s", "");
	if (p->looks[0] != 0)
		peer_note("    it looks like --dialect %s", p->looks);
	return p->m.type != 0;
}

struct signer
peer_signer(const char *path)
{
	struct signer s;
	enum err e = load_signer(path, &s);

	if (e != OK) {
		print_key_err(PROG, path, true, e);
		exit(EXIT_REFUSED);
	}
	return s;
}

bool
peer_claims(struct peer *p, struct eat_claims *out)
{
	struct bytes in = p->m.attestation, plain;
	struct cose_signed s;
	struct why why;

	if (cose_is_encrypt(in)) {
		if (keydir_open(&p->dir, COSE_CTX_EAT, in, &plain, &why) != OK)
			return false;
		in = build_copy(&p->b, plain);
		release_bytes(&plain);
	}
	return cose_signed_read(in, ACCEPT_SIGN1, &s, &why) == OK &&
	       s.payload.p != NULL && eat_parse(s.payload, out, &why) == OK;
}
