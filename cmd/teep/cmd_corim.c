/*
 * cmd_corim: `teep corim create` and `sign`: what a maker of devices says of
 * them.                                        [CoRIM; docs/evidence.md 5]
 */
#include "recipe.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/corim.h>
#include <tamarind/verifier.h>

#define ENTRIES_MAX 1024

/* What an entry's views stand in. */
struct room {
	uint8_t class_id[32], ueid[33], digest[DIGEST_LEN];
	char vendor[64];
};

static struct corim_entry entry[ENTRIES_MAX];
static struct room room[ENTRIES_MAX];
static size_t n_entries;

/* A new entry of the environment that the first entry of it describes. */
static struct corim_entry *
add(const struct place *at, const struct room *environment, size_t class_n,
    enum corim_kind kind)
{
	struct room *r = &room[n_entries];
	struct corim_entry *e = &entry[n_entries];

	if (n_entries == ENTRIES_MAX)
		recipe_bad(at, "more than %d values; write several recipes",
		    ENTRIES_MAX);
	*r = *environment;
	*e = (struct corim_entry){.kind = kind};
	e->class_id = (struct bytes){r->class_id, class_n};
	e->vendor = bytes_of_text(r->vendor);
	n_entries++;
	return e;
}

/* oemid as hex text or number, in the form that environments have. */
static void
read_oemid(const struct place *at, char vendor[64])
{
	uint8_t octets[16], encoded[24];
	struct cbor_out w = cbor_into(SPAN_OF(encoded));
	struct bytes claim;

	if (json_is_string(at->value)) {
		struct bytes b = recipe_hex(at, SPAN_OF(octets), 3);

		if (b.n != 3 && b.n != 16)
			recipe_bad(at, "3 or 16 octets as hex are wanted");
		cbor_put_bstr(&w, b);
	} else {
		cbor_put_uint(&w, recipe_uint(at, 0, UINT32_MAX));
	}
	if (cbor_done(&w, &claim) != OK || verifier_vendor(claim, vendor) != OK)
		recipe_bad(at, "hex text or a number is wanted");
}

static void
read_reference(
    const struct place *at, const struct room *environment, size_t class_n)
{
	static const char *const names[] = {"name", "sha256", "file", NULL};
	size_t n = recipe_list(at, 1, ENTRIES_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct place p = recipe_item(at, i);
		struct corim_entry *e =
		    add(&p, environment, class_n, CORIM_REFERENCE);
		uint8_t *digest = room[n_entries - 1].digest;
		struct place name, hex, file;

		recipe_object(&p, names);
		name = recipe_need(&p, "name");
		hex = recipe_may(&p, "sha256");
		file = recipe_may(&p, "file");
		e->mkey = recipe_text(&name, 255);
		if ((hex.value == NULL) == (file.value == NULL))
			recipe_bad(&p, "one of sha256 and file is wanted");
		if (hex.value != NULL)
			(void)recipe_hex(&hex,
			    (struct span){digest, DIGEST_LEN}, DIGEST_LEN);
		else
			recipe_digest(&file, digest);
		e->digest = (struct bytes){digest, DIGEST_LEN};
	}
}

static void
read_keys(
    const struct place *at, const struct room *environment, size_t class_n)
{
	static const char *const names[] = {"ueid", "key", NULL};
	size_t n = recipe_list(at, 1, ENTRIES_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct place p = recipe_item(at, i);
		struct corim_entry *e =
		    add(&p, environment, class_n, CORIM_ATTEST_KEY);
		struct room *r = &room[n_entries - 1];
		struct place ueid, key;
		struct key_file k;

		recipe_object(&p, names);
		ueid = recipe_need(&p, "ueid");
		key = recipe_need(&p, "key");
		e->ueid = recipe_hex(&ueid, SPAN_OF(r->ueid), 7);
		recipe_key(&key, &k);
		e->key = k.key;
	}
}

static void
read_environment(const struct place *at)
{
	static const char *const names[] = {"oemid", "hwmodel", "assurance",
	    "clock", "hwversion", "reference", "attest-keys", NULL};
	size_t before = n_entries, class_n;
	struct room environment = {.vendor = ""};
	struct place p;

	recipe_object(at, names);
	p = recipe_need(at, "oemid");
	read_oemid(&p, environment.vendor);
	p = recipe_need(at, "hwmodel");
	class_n = recipe_hex(&p, SPAN_OF(environment.class_id), 1).n;
	p = recipe_may(at, "assurance");
	if (p.value != NULL) {
		struct corim_entry *e =
		    add(&p, &environment, class_n, CORIM_ENDORSED);

		e->mkey = bytes_of_text("assurance");
		e->name = recipe_text(&p, 63);
		if (assurance_from_name(e->name) == ASSURE_NONE)
			recipe_bad(&p, "process-grade, TPM-measured, "
				       "hardware-rooted or self-reported is "
				       "wanted");
	}
	p = recipe_may(at, "clock");
	if (p.value != NULL) {
		struct corim_entry *e =
		    add(&p, &environment, class_n, CORIM_ENDORSED);

		e->mkey = bytes_of_text("clock");
		e->name = recipe_text(&p, 63);
		if (!bytes_same(e->name, BYTES_LIT("trusted")))
			recipe_bad(&p, "trusted is wanted, or no clock");
	}
	p = recipe_may(at, "hwversion");
	for (size_t i = 0; p.value != NULL && i < recipe_list(&p, 1, 64); i++) {
		const struct place item = recipe_item(&p, i);
		struct corim_entry *e =
		    add(&item, &environment, class_n, CORIM_REFERENCE);

		e->mkey = bytes_of_text("hwversion");
		e->version = recipe_text(&item, 63);
	}
	p = recipe_may(at, "reference");
	if (p.value != NULL)
		read_reference(&p, &environment, class_n);
	p = recipe_may(at, "attest-keys");
	if (p.value != NULL)
		read_keys(&p, &environment, class_n);
	if (n_entries == before)
		recipe_bad(at, "says nothing");
}

/* Would the Verifier take every record? */
static enum err
check_readable(struct bytes in, struct why *why)
{
	struct corim m;
	struct corim_iter it;
	struct corim_record r;
	enum err e;

	TRY(corim_parse(in, &m, why));
	corim_begin(&it, crypto_or_die(PROG), &m);
	do
		e = corim_next(&it, &r);
	while (e == OK);
	return e == ERR_NOT_FOUND ? OK : why_set(why, e, "record");
}

static int
write_result(const char *out, struct bytes b)
{
	enum err e = write_file_atomic(out, b, WRITE_PUBLIC);

	if (e == OK)
		return EXIT_DONE;
	print_err(PROG, out, e);
	return EXIT_REFUSED;
}

/* Options of commands that turn IN into -o OUT, with a key or without. */
struct in_out {
	const char *in, *out, *key, *name, *chain;
};

static void
options(int argc, char **argv, const char *command, bool sign, struct in_out *o)
{
	static const struct option longs[] = {
	    {"output", required_argument, NULL, 'o'},
	    OPTION_HELP,
	    {"key", required_argument, NULL, 'k'},
	    {"name", required_argument, NULL, 'n'},
	    {"x5chain", required_argument, NULL, 'x'},
	    OPTIONS_END,
	};
	int opt;

	*o = (struct in_out){0};
	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (opt == 'o')
			o->out = optarg;
		else if (opt == 'k' && sign)
			o->key = optarg;
		else if (opt == 'n' && sign)
			o->name = optarg;
		else if (opt == 'x' && sign)
			o->chain = optarg;
		else
			option_other(opt, command);
	}
	o->in = only_argument(argc, argv, "FILE");
	if (o->out == NULL)
		die_usage(PROG, "%s: -o FILE is missing", command);
	if (sign && o->key == NULL)
		die_usage(PROG, "%s: --key PEM is missing", command);
}

int
cmd_corim_create(int argc, char **argv)
{
	static const char *const names[] = {
	    "id", "tag-id", "not-before", "not-after", "environments", NULL};
	struct place top, p;
	struct in_out o;
	const char *id, *tag_id;
	uint64_t from = 0, to = UINT64_MAX;
	struct cbor_out w = cbor_measure();
	struct bytes out = BYTES_NONE;
	struct why why = {0};
	uint8_t *buffer = NULL;
	int status = EXIT_REFUSED;
	enum err e;

	options(argc, argv, "corim create", false, &o);
	top = recipe_load(o.in);
	n_entries = 0; /* those of a recipe before this one view freed text */
	recipe_object(&top, names);
	p = recipe_need(&top, "id");
	id = (const char *)recipe_text(&p, CORIM_ID_MAX).p;
	p = recipe_need(&top, "tag-id");
	tag_id = (const char *)recipe_text(&p, CORIM_ID_MAX).p;
	p = recipe_may(&top, "not-before");
	if (p.value != NULL)
		from = recipe_time(&p);
	p = recipe_may(&top, "not-after");
	if (p.value != NULL)
		to = recipe_time(&p);
	if (to < from)
		recipe_bad(&p, "lies before not-before");
	p = recipe_need(&top, "environments");
	for (size_t i = 0; i < recipe_list(&p, 1, ENTRIES_MAX); i++) {
		const struct place item = recipe_item(&p, i);

		read_environment(&item);
	}
	e = corim_author(&w, id, tag_id, from, to, entry, n_entries);
	if (e == OK && (buffer = malloc(w.at)) == NULL)
		e = ERR_MEMORY;
	if (e == OK) {
		w = cbor_into((struct span){buffer, w.at});
		e = corim_author(&w, id, tag_id, from, to, entry, n_entries);
	}
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e == OK)
		e = check_readable(out, &why);
	if (e != OK) {
		why.err = e;
		print_why(PROG, o.in, &why);
	} else {
		status = write_result(o.out, out);
	}
	free(buffer);
	recipe_free();
	return status;
}

int
cmd_corim_sign(int argc, char **argv)
{
	static uint8_t chain_room[COSE_HDR_MAX];
	struct in_out o;
	struct signer s;
	struct bytes in = BYTES_NONE, chain = BYTES_NONE, out;
	struct corim m;
	struct why why = {0};
	struct cbor_out w;
	struct span buffer = {NULL, 0};
	char kid[2 * KID_LEN + 1];
	int status = EXIT_REFUSED;
	enum err e;

	options(argc, argv, "corim sign", true, &o);
	(void)crypto_or_die(PROG);
	e = load_signer(o.key, &s);
	if (e != OK) {
		print_key_err(PROG, o.key, true, e);
		return status;
	}
	if (o.chain != NULL)
		/* beside it are the name, of 255 octets at most, and heads */
		load_chain_or_die(PROG, o.chain,
		    (struct span){
			chain_room, sizeof(chain_room) - 64 -
					(o.name != NULL ? strnlen(o.name, 255)
							: sizeof(kid))},
		    &chain);
	/* without a name of its own the signer is called by its key */
	hex_text(kid, sizeof(kid), BYTES_OF(s.kid));
	e = input_read(o.in, &in);
	if (e == OK)
		e = corim_parse(in, &m, &why);
	/* more than these recipes say, but nothing that a reader refuses */
	if (e == OK)
		e = corim_check(&m, &why);
	/* a signature around a signature would hide the first one */
	if (e == OK && m.signer_name.n > 0)
		e = why_set(&why, ERR_EXISTS, "signature");
	buffer.n = in.n + COSE_OVERHEAD + chain.n;
	if (e == OK && (buffer.p = malloc(buffer.n)) == NULL)
		e = ERR_MEMORY;
	w = cbor_into(buffer);
	if (e == OK)
		e = corim_author_sign_certified(
		    &w, &s, o.name != NULL ? o.name : kid, chain, in);
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e == OK) {
		status = write_result(o.out, out);
	} else {
		why.err = e;
		print_why(PROG, o.in, &why);
	}
	free(buffer.p);
	release_bytes(&in);
	openssl_signer_free(&s);
	return status;
}
