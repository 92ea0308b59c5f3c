/*
 * show: an envelope in diagnostic notation, with the names of keys, commands
 * and parameters as comments.  Shows what is there, right or wrong: an item
 * that is not what its place says is printed as it is.  [RFC 8949 8]
 */
#include "suit.h"

#include <getopt.h>
#include <string.h>

/* Strings beyond this are cut; a comment tells their length. */
#define OCTETS_SHOWN 64
/* Byte strings within byte strings; deeper ones are printed as octets. */
#define DEPTH_MAX 24

enum kind {
	K_ANY,
	K_PAYLOAD, /* octets, whatever they may look like */
	K_ENVELOPE,
	K_WRAPPER,
	K_BLOCK, /* COSE */
	K_DIGEST,
	K_MANIFEST,
	K_COMMON,
	K_SEQUENCE,
	K_TRIES,
	K_PARAMETERS,
	K_ID, /* component identifiers, or a list of them */
};

static void print_item(
    struct cbor_in *r, enum kind kind, unsigned indent, unsigned depth);

static void
new_line(unsigned indent)
{
	(void)printf("\n%*s", (int)(2 * indent), "");
}

/* One item as it stands. */
static void
print_plain(struct bytes raw)
{
	static uint8_t room[1 << 16];

	(void)cbor_diag(raw, false, SPAN_OF(room));
	(void)fputs((const char *)room, stdout);
}

/* Octets that spell something are shown so. */
static bool
spells(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] > 0x7e || b.p[i] == '\'' ||
		    b.p[i] == '\\')
			return false;
	return b.n > 0 && b.n <= OCTETS_SHOWN;
}

static void
print_octets(struct bytes b)
{
	char hex[2 * OCTETS_SHOWN + 1];

	if (spells(b)) {
		(void)printf("'%.*s'", (int)b.n, (const char *)b.p);
		return;
	}
	hex_text(hex, sizeof(hex), b);
	(void)printf("h'%s'", hex);
	if (b.n > OCTETS_SHOWN)
		(void)printf(" / first of %zu octets /", b.n);
}

/* ---- names ------------------------------------------------------------- */

static const char *
envelope_name(uint64_t key)
{
	return key == 1   ? "delegation"
	       : key == 2 ? "authentication-wrapper"
	       : key == 3 ? "manifest"
			  : suit_member_name(key);
}

static const char *
common_name(uint64_t key)
{
	return key == 1   ? "dependencies"
	       : key == 2 ? "components"
	       : key == 4 ? "shared-sequence"
			  : "unknown";
}

/* The name of a key in a map, and what stands under it. */
static const char *
pair_name(enum kind map, uint64_t key, enum kind *value)
{
	*value = K_ANY;
	switch (map) {
	case K_ENVELOPE:
		*value = key == 2                 ? K_WRAPPER
			 : key == 3               ? K_MANIFEST
			 : key == 23 || key == 14 ? K_ANY
						  : K_SEQUENCE;
		return envelope_name(key);
	case K_MANIFEST:
		*value = key == 3                            ? K_COMMON
			 : key == 5                          ? K_ID
			 : key < 7 || key == 14 || key == 23 ? K_ANY
							     : K_SEQUENCE;
		return suit_member_name(key);
	case K_COMMON:
		*value = key == 4 ? K_SEQUENCE : key == 2 ? K_ID : K_ANY;
		return common_name(key);
	case K_PARAMETERS:
		*value = key == SUIT_PAR_IMAGE_DIGEST      ? K_DIGEST
			 : key == SUIT_PAR_ENCRYPTION_INFO ? K_BLOCK
							   : K_PAYLOAD;
		return suit_parameter_name(key);
	default:
		return NULL;
	}
}

/* ---- containers -----------------------------------------------------------
 */

static void
print_map(struct cbor_in *r, enum kind kind, unsigned indent, unsigned depth)
{
	size_t n = cbor_map_any(r, 0, CBOR_PAIRS_MAX);

	(void)fputc('{', stdout);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		enum kind value = K_PAYLOAD; /* text keys: payloads */

		new_line(indent + 1);
		if (cbor_peek(r) == CBOR_UINT) {
			uint64_t key = cbor_uint(r, 0, UINT64_MAX);

			(void)printf(
			    "/ %s / %llu: ", pair_name(kind, key, &value),
			    (unsigned long long)key);
		} else {
			print_plain(cbor_raw(r, CBOR_ANY));
			(void)fputs(": ", stdout);
		}
		print_item(r, value, indent + 1, depth);
		if (i + 1 < n)
			(void)fputc(',', stdout);
	}
	new_line(indent);
	(void)fputc('}', stdout);
}

static enum kind
command_argument(int64_t code)
{
	switch (code) {
	case SUIT_CMD_TRY_EACH:
		return K_TRIES;
	case SUIT_CMD_RUN_SEQUENCE:
		return K_SEQUENCE;
	case SUIT_CMD_SET_PARAMETERS:
	case SUIT_CMD_OVERRIDE:
		return K_PARAMETERS;
	default:
		return K_ANY;
	}
}

/* Commands, one a line, each with its argument. */
static void
print_commands(struct cbor_in *r, unsigned indent, unsigned depth)
{
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	(void)fputc('[', stdout);
	for (size_t i = 0; i < n && r->err == OK; i += 2) {
		int64_t code = 0;

		new_line(indent + 1);
		if (cbor_peek(r) == CBOR_UINT) {
			code = cbor_int(r, 0, INT64_MAX);
			(void)printf("/ %s / %lld",
			    suit_command_name((uint64_t)code), (long long)code);
		} else {
			print_plain(cbor_raw(r, CBOR_ANY));
		}
		if (i + 1 == n)
			break;
		(void)fputs(", ", stdout);
		print_item(r, command_argument(code), indent + 1, depth);
		if (i + 2 < n)
			(void)fputc(',', stdout);
	}
	new_line(indent);
	(void)fputc(']', stdout);
}

/* What the items of these arrays are. */
static void
print_array(struct cbor_in *r, enum kind kind, unsigned indent, unsigned depth)
{
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	(void)fputc('[', stdout);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		new_line(indent + 1);
		print_item(r,
		    kind == K_TRIES ? K_SEQUENCE
		    : i == 0        ? K_DIGEST
				    : K_BLOCK,
		    indent + 1, depth);
		if (i + 1 < n)
			(void)fputc(',', stdout);
	}
	new_line(indent);
	(void)fputc(']', stdout);
}

/* Identifiers in one line. */
static void
print_id(struct cbor_in *r, unsigned depth)
{
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	(void)fputc('[', stdout);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		if (i > 0)
			(void)fputs(", ", stdout);
		if (cbor_peek(r) == CBOR_BSTR)
			print_octets(cbor_bstr(r, 0, LEN_ANY));
		else if (cbor_peek(r) == CBOR_ARRAY && depth < DEPTH_MAX)
			print_id(r, depth + 1);
		else
			print_plain(cbor_raw(r, CBOR_ANY));
	}
	(void)fputc(']', stdout);
}

static bool
is_map(enum kind kind)
{
	return kind == K_ENVELOPE || kind == K_MANIFEST || kind == K_COMMON ||
	       kind == K_PARAMETERS;
}

/* A byte string: opened if its place says that it holds an item and it does;
 * COSE and text too, without names. */
static void
print_string(struct cbor_in *r, enum kind kind, unsigned indent, unsigned depth)
{
	struct bytes b = cbor_bstr(r, 0, LEN_ANY);
	struct cbor_in in = cbor_open(b);
	size_t at;

	if (kind == K_PAYLOAD || b.n == 0 || depth == DEPTH_MAX ||
	    cbor_check(b, &at) != OK) {
		print_octets(b);
		return;
	}
	(void)fputs("<< ", stdout);
	print_item(&in, kind, indent, depth + 1);
	(void)fputs(" >>", stdout);
}

static void
print_item(struct cbor_in *r, enum kind kind, unsigned indent, unsigned depth)
{
	static uint8_t room[1 << 16];
	enum cbor_type type = cbor_peek(r);

	if (type == CBOR_BSTR && kind != K_ENVELOPE) {
		print_string(r, kind, indent, depth);
	} else if (type == CBOR_MAP && is_map(kind)) {
		print_map(r, kind, indent, depth);
	} else if (type == CBOR_ARRAY && kind == K_SEQUENCE && depth > 0 &&
		   r->at == 0) {
		print_commands(r, indent, depth);
	} else if (type == CBOR_ARRAY &&
		   (kind == K_WRAPPER || kind == K_TRIES)) {
		print_array(r, kind, indent, depth);
	} else if (type == CBOR_ARRAY && kind == K_ID) {
		print_id(r, depth);
	} else {
		(void)cbor_diag(
		    cbor_raw(r, CBOR_ANY), kind == K_BLOCK, SPAN_OF(room));
		(void)fputs((const char *)room, stdout);
	}
}

static enum err
print_envelope(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t at;
	enum err e = cbor_check(in, &at);
	bool tagged;

	if (e != OK)
		return e;
	tagged = cbor_tag_if(&r, TAG_SUIT_ENVELOPE);
	if (tagged)
		(void)fputs("107(", stdout);
	print_item(&r, K_ENVELOPE, 0, 0);
	(void)puts(tagged ? ")" : "");
	return OK;
}

/* Who answers for what follows. */
static enum err
print_trust(struct bytes in, struct key_ring *ring, struct why *why)
{
	struct keyring view = key_ring_view(ring);
	struct suit_manifest m;
	enum err e;

	if (ring->n == 0) {
		(void)puts("# not verified: give --key to verify");
		return OK;
	}
	e = suit_open(crypto_or_die(PROG), &view, in, &m, why);
	if (e != OK) {
		(void)printf("# NOT VERIFIED: %s\n", err_name(e));
		return e;
	}
	for (size_t i = 0; i < m.n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m.signer[i], KID_LEN});
		(void)printf("# verified: signed by %s (", kid);
		safe_put(
		    stdout, bytes_of_text(key_ring_name(ring, m.signer[i])));
		(void)puts(")");
	}
	return OK;
}

int
cmd_show(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit show [--key PUB]... FILE\n\n"
	    "Print an envelope in diagnostic notation, with names.\n\n"
	    "  -k, --key FILE  verify with this key and say so\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct key_ring ring = {.n = 0};
	struct why why = {.err = OK};
	struct bytes in;
	enum err e;
	int o;

	while ((o = getopt_long(argc, argv, "k:h", options, NULL)) != -1) {
		switch (o) {
		case 'k':
			e = key_ring_add(&ring, optarg);
			if (e != OK) {
				print_key_err(PROG, optarg, false, e);
				return EXIT_REFUSED;
			}
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit show",
			    "unknown or incomplete option "
			    "%s",
			    argv[optind - 1]);
		}
	}
	if (optind != argc - 1)
		die_usage("suit show", "one file is needed");
	in = read_envelope(argv[optind]);
	(void)print_trust(in, &ring, &why);
	e = print_envelope(in);
	if (e != OK)
		why.err = e;
	if (why.err != OK)
		print_why(PROG, argv[optind], &why);
	release_bytes(&in);
	return why.err == OK ? EXIT_DONE : EXIT_REFUSED;
}
