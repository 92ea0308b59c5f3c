/*
 * Whatever octets `teep show` meets, it prints printable text and comes back:
 * every vector cut at 64 places and changed 200 times, in text and in JSON,
 * with keys and without.  usage: teep_show_test [SEED]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <show.h>
#include <stdlib.h>
#include <string.h>

#define CUTS    64
#define CHANGES 200
/* Large files would take all of the time: so many octets for each file. */
#define BUDGET (1u << 20)

static uint64_t state;
static struct keydir keys;
static size_t files, runs;

static uint32_t
number(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below == 0 ? 0 : (uint32_t)(state >> 32) % below;
}

/* Nothing but lines of printable ASCII may leave. */
static void
check_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_true(
		    text[i] == '\n' || (text[i] >= ' ' && text[i] < 0x7f));
}

/* Show a copy of exactly this size: a read beyond its end is found. */
static void
show_once(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct show s = {.crypto = crypto_or_die(PROG), .node_first = true};
	struct bytes in = {copy, n};
	const struct kind *k;
	char *text = NULL;
	size_t text_n = 0;
	enum err e;

	assert_non_null(copy);
	memcpy(copy, p, n);
	s.json = runs % 2 != 0;
	s.full = runs % 3 == 0;
	/* signatures are the slowest part */
	s.keys = runs % 16 == 0 ? &keys : NULL;
	s.out = open_memstream(&text, &text_n);
	assert_non_null(s.out);
	k = kind_of(in);
	if (k == NULL)
		k = kind_named("cbor");
	e = show_whole(&s, in, k);
	lines_end(&s);
	assert_int_equal(fclose(s.out), 0);
	assert_true(e == OK || s.fault.err == e);
	assert_int_equal(s.level, 0);
	assert_int_equal(s.depth, 0);
	check_text(text, text_n);
	free(text);
	free(copy);
	runs++;
}

static size_t
change(uint8_t *p, size_t n, size_t room)
{
	/* heads that promise much, tags, and ends */
	static const uint8_t odd[] = {0x00, 0x1b, 0x3b, 0x5b, 0x5f, 0x7b, 0x9b,
	    0x9f, 0xbb, 0xbf, 0xd2, 0xd8, 0xf6, 0xfb, 0xff, 0x84, 0xa1, 0x40};
	size_t at = number((uint32_t)n), from = number((uint32_t)n);
	size_t len = 1 + number(8);

	switch (number(6)) {
	case 0:
		p[at] ^= (uint8_t)(1u << number(8));
		break;
	case 1:
		p[at] = (uint8_t)number(256);
		break;
	case 2:
		p[at] = odd[number(sizeof(odd))];
		break;
	case 3: /* take some out */
		if (len > n - at)
			len = n - at;
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	case 4: /* put some in */
		if (len > room - n)
			break;
		memmove(p + at + len, p + at, n - at);
		for (size_t i = 0; i < len; i++)
			p[at + i] = odd[number(sizeof(odd))];
		return n + len;
	default: /* the same again elsewhere */
		len = number(64);
		if (len > n - at)
			len = n - at;
		if (len > n - from)
			len = n - from;
		memmove(p + at, p + from, len);
		break;
	}
	return n;
}

static void
show_changed(struct bytes in)
{
	size_t room = in.n + 64, times = BUDGET / in.n;
	uint8_t *p = malloc(room);

	assert_non_null(p);
	for (size_t i = 0; i < CHANGES && i < times; i++) {
		size_t n = in.n;
		uint32_t more = 1 + number(3);

		memcpy(p, in.p, in.n);
		while (more-- > 0 && n > 0)
			n = change(p, n, room);
		show_once(p, n);
	}
	free(p);
}

static int
visit(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	struct bytes in;

	(void)ftw;
	if (what != FTW_F || st->st_size == 0 || st->st_size > (1 << 20) ||
	    input_read(path, &in) != OK)
		return 0;
	files++;
	show_once(in.p, in.n);
	for (size_t i = 0; i < CUTS && in.n > 0; i++)
		show_once(in.p, i * in.n / CUTS);
	if (in.n > 0)
		show_changed(in);
	release_bytes(&in);
	return 0;
}

static void
test_survives(void **arg)
{
	(void)arg;
	keydir_load(&keys, VECTORS "/interop/teep/generated/keys");
	assert_int_equal(nftw(VECTORS, visit, 16, FTW_PHYS), 0);
	/* a fuller set of vectors, where there is one */
	(void)nftw(SHARED_VECTORS, visit, 16, FTW_PHYS);
	keydir_free(&keys);
	print_message("%zu files, %zu runs\n", files, runs);
	assert_true(files > 40);
}

/* A thousand arrays in each other end the walk, not the stack. */
static void
test_depth(void **arg)
{
	static uint8_t deep[100000];

	(void)arg;
	memset(deep, 0x81, sizeof(deep));
	show_once(deep, sizeof(deep));
	/* the same in byte strings, one level each */
	for (size_t i = 0, n = 60000; i < 20000; i++, n -= 3) {
		deep[3 * i] = 0x59;
		deep[3 * i + 1] = (uint8_t)((n - 3) >> 8);
		deep[3 * i + 2] = (uint8_t)(n - 3);
	}
	show_once(deep, 60000);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_survives),
	    cmocka_unit_test(test_depth),
	};

	state = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260101;
	if (state == 0)
		state = 1;
	print_message("seed %llu\n", (unsigned long long)state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
