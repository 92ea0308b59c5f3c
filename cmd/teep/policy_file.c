/*
 * policy_file: policies in files, and who has signed them.
 *                                                 [agent.h, docs/policy.md]
 */
#include "policy_file.h"

#include <stdlib.h>

enum err
policy_read_whole(struct bytes in, struct policy *out, struct why *why)
{
	const struct crypto *c = crypto_or_die(PROG);
	enum err e;

	TRY(policy_read(c, in, out, why));
	e = policy_floors_check(out);
	if (e != OK)
		return why_set(why, e, "floors");
	e = policy_attested_check(c, out);
	return e == OK ? OK : why_set(why, e, "attested");
}

static enum err
read_it(struct policy_file *f, struct why *why)
{
	const struct crypto *c = crypto_or_die(PROG);
	struct cbor_in r = cbor_open(f->file);
	struct bytes declared = BYTES_NONE;
	uint64_t size;

	f->object = f->file;
	if (cbor_peek(&r) == CBOR_TAG) {
		TRY(suit_check(c, f->file, &f->m, why));
		if (policy_inside(&f->m, &f->object) != OK)
			return why_set(why, ERR_MISSING, "integrated payload");
	}
	TRY(policy_read_whole(f->object, &f->policy, why));
	if (f->m.envelope.p == NULL)
		return OK;
	/* What is signed is the digest: whoever looks at the object and then
	 * signs must have looked at that one. */
	if (f->m.n_indexes == 1)
		suit_declared(&f->m, 0, &declared, &size);
	return bytes_same(declared, BYTES_OF(f->policy.digest))
		   ? OK
		   : why_set(why, ERR_IMAGE_DIGEST, "policy");
}

void
policy_file_load(const char *path, struct policy_file *out)
{
	struct why why = {0};
	enum err e;

	*out = (struct policy_file){.path = path};
	e = input_read(path, &out->file);
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	e = read_it(out, &why);
	if (e == OK)
		return;
	why.err = e;
	print_why(PROG, path, &why);
	exit(EXIT_REFUSED);
}

void
policy_file_free(struct policy_file *f)
{
	release_bytes(&f->file);
}

void
policy_tally(
    const struct policy *by, struct bytes envelope, struct policy_tally *out)
{
	static struct suit_manifest m;
	enum err e;

	*out = (struct policy_tally){0};
	m.n_signers = 0;
	e = policy_signed(crypto_or_die(PROG), by, envelope, &m, &out->why);
	/* Nobody of these, or too few: that is counted, not wrong. */
	if (e == ERR_UNSIGNED || e == ERR_UNKNOWN_KEY) {
		out->why = (struct why){0};
		return;
	}
	if (e == OK || e == ERR_THRESHOLD)
		out->why = (struct why){0};
	else
		out->why.err = e;
	for (size_t i = 0; i < by->n_admins; i++)
		for (size_t k = 0; k < m.n_signers; k++)
			if (bytes_same(BYTES_OF(by->admin_kid[i]),
				BYTES_OF(m.signer[k])))
				out->signed_by[i] = true;
	for (size_t i = 0; i < by->n_admins; i++)
		out->n += out->signed_by[i];
}
