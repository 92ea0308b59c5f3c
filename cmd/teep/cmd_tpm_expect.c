/*
 * cmd_tpm_expect: `teep tpm expect`: what the PCRs of a machine will hold,
 * worked out from what it is going to boot.             docs/evidence.md 9
 *
 * The firmware's own part is taken from the log of one boot; kernel, command
 * line and initrd are put in their places.
 */
#include "teep.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/corim.h>
#include <tamarind/tpm.h>
#include <tamarind/verifier.h>

#define IMAGE_MAX  (256u << 20)
#define EXPECT_MAX 512 /* PCRs and events */

#define EV_NO_ACTION 3
#define EV_TAG       6
#define EV_BOOT_APP  UINT32_C(0x80000003)

struct words {
	const char *log, *kernel, *initrd, *append, *memory;
	const char *oemid, *hwmodel, *id, *out;
};

/* Digests that stand for those of the log. */
struct inputs {
	bool there;
	uint8_t kernel[DIGEST_LEN], options[DIGEST_LEN], initrd[DIGEST_LEN];
	unsigned kernels, optionss, initrds; /* how many found their place */
};

/* ---- what QEMU boots directly ------------------------------------------- */

static uint32_t
le32(struct bytes b, size_t at)
{
	return (uint32_t)b.p[at] | (uint32_t)b.p[at + 1] << 8 |
	       (uint32_t)b.p[at + 2] << 16 | (uint32_t)b.p[at + 3] << 24;
}

static void
put_le(uint8_t *p, size_t octets, uint64_t v)
{
	for (size_t i = 0; i < octets; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* QEMU tells a Linux image where its initrd and command line are, in its set
 * up header, before the firmware sees and measures it.
 *                                         [Linux x86 boot protocol] */
static enum err
qemu_patch(struct span k, uint64_t initrd, uint64_t memory)
{
	const uint64_t acpi = 0x28000;
	uint64_t at;

	if (k.n < 0x400 || initrd > UINT32_MAX || memory > 0x80000000u ||
	    memory < acpi + 1 || memory - acpi - 1 < initrd)
		return ERR_RANGE;
	at = (memory - acpi - 1 - initrd) & ~UINT64_C(4095);
	k.p[0x210] = 0xb0; /* loader: QEMU */
	k.p[0x211] |= 0x80;
	put_le(k.p + 0x224, 2, 0xfe00);
	put_le(k.p + 0x218, 4, at);
	put_le(k.p + 0x21c, 4, initrd);
	put_le(k.p + 0x228, 4, 0x20000);
	return OK;
}

/* The digest under which firmware knows a PE32+ image: without its checksum
 * and its signatures.                                 [Authenticode] */
static enum err
authenticode(const struct crypto *c, struct bytes k, uint8_t out[DIGEST_LEN])
{
	size_t pe, sum, dir, certs;
	struct bytes part[3];

	if (k.n < 0x40)
		return ERR_TRUNCATED;
	pe = le32(k, 0x3c);
	if (pe > k.n || k.n - pe < 24 + 112 + 40)
		return ERR_TRUNCATED;
	if (memcmp(k.p + pe, "PE\0\0", 4) != 0 || k.p[pe + 24] != 0x0b ||
	    k.p[pe + 25] != 0x02)
		return ERR_TYPE;
	sum = pe + 24 + 64;
	dir = pe + 24 + 112 + 32;
	certs = le32(k, dir + 4);
	if (certs > k.n - dir - 8)
		return ERR_RANGE;
	part[0] = (struct bytes){k.p, sum};
	part[1] = (struct bytes){k.p + sum + 4, dir - sum - 4};
	part[2] = (struct bytes){k.p + dir + 8, k.n - certs - dir - 8};
	return c->sha256(part, 3, out);
}

/* The command line as the kernel's stub measures it: UTF-16 with its NUL. */
static enum err
load_options(
    const struct crypto *c, const char *append, uint8_t out[DIGEST_LEN])
{
	static const char more[] = " initrd=initrd";
	size_t n = strlen(append), m = sizeof(more);
	uint8_t *wide = calloc(n + m, 2);
	struct bytes all = {wide, 2 * (n + m)};
	enum err e;

	if (wide == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		wide[2 * i] = (uint8_t)append[i];
	for (size_t i = 0; i < m; i++)
		wide[2 * (n + i)] = (uint8_t)more[i];
	e = c->sha256(&all, 1, out);
	free(wide);
	return e;
}

static enum err
inputs_read(const struct crypto *c, const struct words *o, struct inputs *in)
{
	struct bytes k = BYTES_NONE, r = BYTES_NONE;
	uint64_t memory;
	enum err e;

	if (number_read(o->memory, 2048, &memory) != OK || memory < 16)
		die_usage(PROG, "tpm expect: --memory is 16 to 2048 MiB");
	e = read_file(o->kernel, IMAGE_MAX, &k);
	if (e == OK)
		e = read_file(o->initrd, IMAGE_MAX, &r);
	if (e == OK) /* read_file's memory is ours */
		e = qemu_patch((struct span){(uint8_t *)(uintptr_t)k.p, k.n},
		    r.n, memory << 20);
	if (e == OK)
		e = authenticode(c, k, in->kernel);
	if (e == OK)
		e = c->sha256(&r, 1, in->initrd);
	if (e == OK)
		e = load_options(c, o->append, in->options);
	release_bytes(&k);
	release_bytes(&r);
	in->there = e == OK;
	return e;
}

/* ---- events -------------------------------------------------------------- */

static bool
says(struct bytes data, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; n <= data.n && i <= data.n - n; i++)
		if (memcmp(data.p + i, text, n) == 0)
			return true;
	return false;
}

/* What will be extended in the place of an event. */
static struct bytes
instead(struct inputs *in, const struct tpm_event *e)
{
	if (!in->there)
		return e->digest;
	if (e->pcr == 4 && e->type == EV_BOOT_APP) {
		in->kernels++;
		return BYTES_OF(in->kernel);
	}
	if (e->pcr == 9 && e->type == EV_TAG &&
	    says(e->data, "LOADED_IMAGE::LoadOptions")) {
		in->optionss++;
		return BYTES_OF(in->options);
	}
	if (e->pcr == 9 && e->type == EV_TAG && says(e->data, "Linux initrd")) {
		in->initrds++;
		return BYTES_OF(in->initrd);
	}
	return e->digest;
}

/* One value of the CoRIM, and where its views stand. */
struct value {
	char mkey[32];
	uint8_t digest[DIGEST_LEN];
};
static struct value value[EXPECT_MAX];
static struct corim_entry entry[EXPECT_MAX];
static size_t n_values;

static enum err
add(const struct corim_entry *about, const char *mkey, struct bytes digest)
{
	struct value *v = &value[n_values];

	if (n_values == EXPECT_MAX)
		return ERR_LIMIT;
	(void)snprintf(v->mkey, sizeof(v->mkey), "%s", mkey);
	memcpy(v->digest, digest.p, DIGEST_LEN);
	entry[n_values] = *about;
	entry[n_values].mkey = bytes_of_text(v->mkey);
	entry[n_values].digest = BYTES_OF(v->digest);
	n_values++;
	return OK;
}

static enum err
one_event(const struct crypto *c, const struct corim_entry *about,
    struct inputs *in, const struct tpm_event *e, struct tpm_pcrs *p)
{
	struct bytes digest = instead(in, e);
	char mkey[32];

	if (e->type == EV_NO_ACTION || e->pcr >= TPM_BOOT_PCRS)
		return OK;
	p->events[e->pcr]++;
	(void)snprintf(mkey, sizeof(mkey), "pcr-%u-event-%u", (unsigned)e->pcr,
	    (unsigned)p->events[e->pcr]);
	TRY(add(about, mkey, digest));
	return tpm_extend(c, p->value[e->pcr], digest);
}

static enum err
walk(const struct crypto *c, const struct corim_entry *about, struct bytes log,
    struct inputs *in, struct why *why)
{
	struct tpm_pcrs p, as_logged;
	struct tpm_event event;
	struct tpm_log l;
	enum err e;

	/* Is the log honest, and where does PCR 0 begin? */
	TRY(tpm_replay(c, log, &as_logged, why));
	memset(&p, 0, sizeof(p));
	TRY(tpm_pcr_start(log, p.value[0], why));
	TRY(tpm_log_begin(&l, log, why));
	while ((e = tpm_log_next(&l, &event, why)) == OK)
		TRY(one_event(c, about, in, &event, &p));
	if (e != ERR_NOT_FOUND)
		return e;
	for (unsigned i = 0; i < TPM_BOOT_PCRS; i++) {
		char mkey[32];

		(void)snprintf(mkey, sizeof(mkey), "pcr-%u", i);
		TRY(add(about, mkey, BYTES_OF(p.value[i])));
	}
	if (in->there &&
	    (in->kernels != 1 || in->optionss != 1 || in->initrds != 1))
		return why_set(why, ERR_NOT_FOUND,
		    "one kernel, command line and initrd in the log");
	return OK;
}

/* ---- the command --------------------------------------------------------- */

static void
read_words(int argc, char **argv, struct words *o)
{
	static const struct option longs[] = {
	    {"output", required_argument, NULL, 'o'},
	    OPTION_HELP,
	    {"log", required_argument, NULL, 'l'},
	    {"kernel", required_argument, NULL, 'k'},
	    {"initrd", required_argument, NULL, 'r'},
	    {"append", required_argument, NULL, 'a'},
	    {"memory", required_argument, NULL, 'm'},
	    {"oemid", required_argument, NULL, 'e'},
	    {"hwmodel", required_argument, NULL, 'w'},
	    {"id", required_argument, NULL, 'i'},
	    OPTIONS_END,
	};
	const char **const at[] = {['l'] = &o->log,
	    ['k'] = &o->kernel,
	    ['r'] = &o->initrd,
	    ['a'] = &o->append,
	    ['m'] = &o->memory,
	    ['e'] = &o->oemid,
	    ['w'] = &o->hwmodel,
	    ['i'] = &o->id,
	    ['o'] = &o->out};
	int opt;

	*o = (struct words){0};
	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (opt == '?' || opt == 'h' || at[opt] == NULL)
			option_other(opt, "tpm expect");
		*at[opt] = optarg;
	}
	if (optind != argc || o->log == NULL || o->oemid == NULL ||
	    o->hwmodel == NULL || o->out == NULL)
		die_usage(PROG, "tpm expect: --log FILE --oemid HEX "
				"--hwmodel HEX -o FILE are wanted");
	if ((o->kernel != NULL || o->initrd != NULL || o->append != NULL ||
		o->memory != NULL) &&
	    (o->kernel == NULL || o->initrd == NULL || o->append == NULL ||
		o->memory == NULL))
		die_usage(PROG, "tpm expect: --kernel, --initrd, --append and "
				"--memory belong together");
}

static enum err
write_corim(const struct words *o)
{
	const char *id = o->id != NULL ? o->id : "expected-pcrs";
	struct cbor_out w = cbor_measure();
	uint8_t *room = NULL;
	struct bytes out;
	enum err e = corim_author(&w, id, id, 0, UINT64_MAX, entry, n_values);

	if (e == OK && (room = malloc(w.at)) == NULL)
		e = ERR_MEMORY;
	if (e == OK) {
		w = cbor_into((struct span){room, w.at});
		e = corim_author(&w, id, id, 0, UINT64_MAX, entry, n_values);
	}
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e == OK)
		e = write_file_atomic(o->out, out, WRITE_PUBLIC);
	free(room);
	return e;
}

int
cmd_tpm_expect(int argc, char **argv)
{
	const struct crypto *c = crypto_or_die(PROG);
	uint8_t oemid[16], model[32], claim[24];
	struct cbor_out w = cbor_into(SPAN_OF(claim));
	struct corim_entry about = {.kind = CORIM_REFERENCE};
	struct inputs in = {.there = false};
	struct bytes log = BYTES_NONE, oem, encoded;
	struct why why = {0};
	char vendor[64];
	struct words o;
	const char *file;
	enum err e;

	read_words(argc, argv, &o);
	if (hex_read(o.oemid, SPAN_OF(oemid), &oem) != OK || oem.n < 3 ||
	    hex_read(o.hwmodel, SPAN_OF(model), &about.class_id) != OK ||
	    about.class_id.n == 0)
		die_usage(PROG, "tpm expect: --oemid is 3 or 16, --hwmodel 1 "
				"to 32 octets of hex");
	cbor_put_bstr(&w, oem);
	if (cbor_done(&w, &encoded) != OK ||
	    verifier_vendor(encoded, vendor) != OK)
		die_usage(PROG, "tpm expect: --oemid is 3 or 16 octets");
	about.vendor = bytes_of_text(vendor);
	file = o.log;
	e = read_file(o.log, TPM_LOG_MAX, &log);
	if (e == OK && o.kernel != NULL) {
		file = o.kernel;
		e = inputs_read(c, &o, &in);
	}
	if (e == OK) {
		file = o.log;
		e = walk(c, &about, log, &in, &why);
	}
	if (e == OK) {
		file = o.out;
		e = write_corim(&o);
	}
	release_bytes(&log);
	if (e == OK)
		return EXIT_DONE;
	why.err = e;
	print_why(PROG, file, &why);
	return EXIT_REFUSED;
}
