/*
 * launcher_test: what a launcher refuses to an agent that has been taken over.
 *
 * The real agent never asks for any of this, so the requests are made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <agentd.h>
#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* For what is there already; a busy machine is no fault. */
#define WAIT_MS 60000

#define assert_ok(e)        assert_string_equal(err_name(e), "ok")
#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

static struct options options;
static struct launcher l;
static uint8_t memory[65536];
static size_t used;
static struct cose_key teep, report;

/* ---- making requests ----------------------------------------------------- */

static struct cbor_out
begin(void)
{
	return cbor_into((struct span){memory + used, sizeof(memory) - used});
}

static struct bytes
end(struct cbor_out w)
{
	struct bytes out;

	assert_ok(cbor_done(&w, &out));
	used += out.n;
	return out;
}

static struct bytes
encoded(const struct cose_key *k)
{
	struct cbor_out w = begin();

	cose_key_write(&w, k);
	return end(w);
}

static struct list
measured(const char *name)
{
	static const uint8_t digest[DIGEST_LEN] = {7};
	const struct eat_component c = {
	    bytes_of_text(name), BYTES_NONE, BYTES_OF(digest)};
	struct cbor_out w = begin();

	eat_component_put(&w, &c);
	return (struct list){end(w), 1};
}

static struct list
manifest(void)
{
	static const uint8_t digest[DIGEST_LEN] = {9};
	const struct eat_manifest m = {
	    BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};
	struct cbor_out w = begin();

	eat_manifest_put(&w, &m);
	return (struct list){end(w), 1};
}

static struct channel_frame
request(void)
{
	used = 0;
	return (struct channel_frame){.op = CHANNEL_ATTEST,
	    .challenge = BYTES_LIT("0123456789abcdef"),
	    .audience = BYTES_LIT("abcDEF-_0123"),
	    .teep = encoded(&teep),
	    .report = encoded(&report),
	    .manifests = manifest(),
	    .measurements = measured("component:app/x")};
}

static int
set_up(void **state)
{
	static const uint8_t ueid[17] = {1};
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	(void)state;
	options.uid = (struct uids){61101, 61102, 61103, 61200};
	l.o = &options;
	l.crypto = crypto_openssl();
	l.scratch =
	    (struct span){malloc(3 * AGENT_STATE_MAX), 3 * AGENT_STATE_MAX};
	l.state.device = (struct device){.ueid = BYTES_OF(ueid),
	    .oemid = BYTES_LIT("abc"),
	    .hwmodel = BYTES_LIT("model"),
	    .hwversion = BYTES_LIT("1")};
	assert_ok(openssl_key_generate(
	    CRV_P256, SPAN_OF(room), &pem, &l.state.evidence_key));
	assert_ok(openssl_signer_load(pem, &l.state.evidence));
	assert_ok(openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, &teep));
	return openssl_key_generate(
		   CRV_ED25519, SPAN_OF(room), &pem, &report) == OK
		   ? 0
		   : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	openssl_signer_free(&l.state.evidence);
	free(l.scratch.p);
	return 0;
}

/* ---- Evidence ------------------------------------------------------------ */

static enum err
find_evidence_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)kid;
	(void)alg;
	*out = l.state.evidence_key;
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

static void
test_evidence(void **state)
{
	const struct keyring ring = {NULL, find_evidence_key};
	struct channel_frame f = request();
	struct eat_component c;
	struct eat_manifest m;
	struct eat_claims claims;
	struct cbor_in items;
	struct verified v;
	struct bytes out;
	struct why why;

	(void)state;
	memset(l.launcher_digest, 1, DIGEST_LEN);
	memset(l.agent_digest, 2, DIGEST_LEN);
	memset(l.state.manifest_digest, 3, DIGEST_LEN);
	assert_ok(attest(&l, &f, &out, &why));
	assert_ok(cose_verify(l.crypto, &ring, ACCEPT_SIGN1, out, &v, &why));
	assert_ok(eat_read(&v, &claims, &why));
	assert_ok(eat_evidence_complete(&claims, &why));
	assert_true(bytes_same(claims.nonce, f.challenge));
	assert_true(bytes_same(claims.aud, f.audience));
	/* the launcher's own words come first */
	items = cbor_items(claims.measurements);
	assert_int_equal(claims.measurements.n, 3);
	assert_ok(eat_component_read(&items, &c));
	assert_true(bytes_same(c.name, BYTES_LIT("launcher")));
	assert_int_equal(c.digest.p[0], 1);
	assert_ok(eat_component_read(&items, &c));
	assert_true(bytes_same(c.name, BYTES_LIT("agent")));
	assert_int_equal(c.digest.p[0], 2);
	assert_ok(eat_component_read(&items, &c));
	assert_int_equal(c.digest.p[0], 7);
	items = cbor_items(claims.manifests);
	assert_int_equal(claims.manifests.n, 2);
	assert_ok(eat_manifest_read(&items, &m));
	assert_int_equal(m.digest.p[0], 3);
}

static void
refused(const struct channel_frame *f, enum err want, const char *what)
{
	struct bytes out;
	struct why why = {0};

	assert_err(attest(&l, f, &out, &why), want);
	assert_string_equal(why.what, what);
	assert_null(out.p);
}

static void
test_forged_measurements(void **state)
{
	static const char *const names[] = {
	    "launcher", "agent", "Agent", "policy2", "component"};
	struct channel_frame f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		f = request();
		f.measurements = measured(names[i]);
		refused(&f, ERR_PEER, "measurements");
	}
	f = request();
	f.measurements = measured("policy");
	assert_ok(attest(&l, &f, &(struct bytes){0}, &(struct why){0}));
	/* an item that is none, and one that was not counted */
	f.measurements = (struct list){BYTES_LIT("\x01"), 1};
	assert_int_not_equal(
	    attest(&l, &f, &(struct bytes){0}, &(struct why){0}), OK);
	f.measurements = measured("policy");
	f.measurements.n = 0;
	refused(&f, ERR_TRAILING, "measurements");
}

static void
test_forged_manifests(void **state)
{
	struct channel_frame f = request();

	(void)state;
	f.manifests = (struct list){BYTES_LIT("\x80"), 1};
	assert_int_not_equal(
	    attest(&l, &f, &(struct bytes){0}, &(struct why){0}), OK);
	f.manifests = manifest();
	f.manifests.n = 0;
	refused(&f, ERR_TRAILING, "manifests");
}

static void
test_keys(void **state)
{
	struct channel_frame f = request();
	struct cose_key off = teep;

	(void)state;
	f.report = f.teep;
	refused(&f, ERR_KEY_PURPOSE, "teep key");
	f = request();
	f.teep = encoded(&l.state.evidence_key);
	refused(&f, ERR_KEY_PURPOSE, "teep key");
	f = request();
	f.report = encoded(&l.state.evidence_key);
	refused(&f, ERR_KEY_PURPOSE, "teep key");
	f = request();
	off.y[31] ^= 1; /* no point of the curve */
	f.teep = encoded(&off);
	refused(&f, ERR_COSE_KEY, "teep key");
	f = request();
	f.report = BYTES_LIT("\xa0");
	assert_int_not_equal(
	    attest(&l, &f, &(struct bytes){0}, &(struct why){0}), OK);
}

static void
test_audience(void **state)
{
	struct channel_frame f = request();

	(void)state;
	f.audience = BYTES_LIT("abc def");
	refused(&f, ERR_TEXT, "audience");
	f.audience = BYTES_LIT("abc\"");
	refused(&f, ERR_TEXT, "audience");
}

/* ---- applications ---------------------------------------------------------
 */

static struct bytes image;
static uint8_t image_digest[DIGEST_LEN];

static int
sealed(struct bytes b, unsigned seals)
{
	int fd = memfd_create("t", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static struct channel_frame
start(void)
{
	if (image.p == NULL) {
		assert_ok(
		    read_file(EXAMPLES "/ta-hello-1.0.0", 1 << 20, &image));
		assert_ok(l.crypto->sha256(&image, 1, image_digest));
	}
	return (struct channel_frame){.op = CHANNEL_START,
	    .component = BYTES_LIT("\x82\x43"
				   "app\x41x"),
	    .sha256 = BYTES_OF(image_digest),
	    .size = image.n};
}

static void
start_refused(const struct channel_frame *f, int fd, enum err want)
{
	struct why why = {0};
	uint64_t slot;
	int end;

	assert_err(app_start(&l, f, fd, &slot, &end, &why), want);
	assert_int_equal(end, -1);
	for (size_t i = 0; i < APP_INSTANCES; i++)
		assert_int_equal(l.app[i].pid, 0);
}

static void
test_images(void **state)
{
	struct channel_frame f = start();
	int fd;

	(void)state;
	start_refused(&f, -1, ERR_INVOKE);
	/* could still be changed after it was hashed */
	fd = sealed(image, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	start_refused(&f, fd, ERR_INVOKE);
	assert_int_equal(close(fd), 0);
	/* no memory file at all */
	fd = open(EXAMPLES "/ta-hello-1.0.0", O_RDONLY | O_CLOEXEC);
	start_refused(&f, fd, ERR_INVOKE);
	assert_int_equal(close(fd), 0);
	fd = sealed(image, SEALS);
	f.size++;
	start_refused(&f, fd, ERR_IMAGE_SIZE);
	f.size--;
	image_digest[0] ^= 1;
	start_refused(&f, fd, ERR_IMAGE_DIGEST);
	image_digest[0] ^= 1;
	f.args = BYTES_LIT("a\0b");
	start_refused(&f, fd, ERR_INVOKE);
	f.args = BYTES_NONE;
	f.component = BYTES_LIT("\x01");
	assert_int_not_equal(
	    app_start(&l, &f, fd, &(uint64_t){0}, &(int){0}, &(struct why){0}),
	    OK);
	assert_int_equal(close(fd), 0);
}

static void
test_applications(void **state)
{
	struct channel_frame f = start();
	int fd = sealed(image, SEALS);
	struct why why;
	uint64_t slot;
	int ends[APP_INSTANCES], end;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	f.args = BYTES_LIT("arguments");
	for (size_t i = 0; i < APP_INSTANCES; i++) {
		assert_ok(app_start(&l, &f, fd, &slot, &ends[i], &why));
		assert_int_equal(slot, i);
		assert_true(l.app[i].pid > 0);
	}
	assert_err(app_start(&l, &f, fd, &slot, &end, &why), ERR_LIMIT);
	/* a slot that was freed serves again */
	app_stop(&l, 3);
	assert_int_equal(l.app[3].pid, 0);
	app_stop(&l, 3);
	assert_ok(app_start(&l, &f, fd, &slot, &end, &why));
	assert_int_equal(slot, 3);
	assert_false(app_ended(&l, getpid(), 0));
	app_stop_all(&l);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	for (size_t i = 0; i < APP_INSTANCES; i++)
		assert_int_equal(close(ends[i]), 0);
	assert_int_equal(close(end) | close(fd), 0);
	release_bytes(&image);
}

/* ---- how much of it -------------------------------------------------------
 */

/* What the launcher answers at that moment. */
static enum err
asked(int sock, const struct channel_frame *f, int64_t now)
{
	static uint8_t room[65536];
	struct channel_frame answer;
	int fd;

	assert_ok(channel_send(sock, SPAN_OF(room), f, -1));
	assert_ok(request_take(&l, now));
	assert_ok(channel_receive(sock, SPAN_OF(room), WAIT_MS, &answer, &fd));
	assert_int_equal(answer.op, CHANNEL_ANSWER);
	assert_int_equal(fd, -1);
	return (enum err)answer.err;
}

static void
test_throttle(void **state)
{
	const struct channel_frame stop = {.op = CHANNEL_STOP, .slot = 1};
	const struct channel_frame drain = {.op = CHANNEL_DRAIN};
	struct channel_frame attest_it = request(), start_it = start();
	int pair[2];
	int64_t log;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l.channel = pair[1];
	l.room = (struct span){malloc(65536), 65536};
	l.throttle = throttle_full();
	l.throttle.attest = bucket_full(3, 2);
	l.throttle.start = bucket_full(2, 1);
	l.throttle.other = bucket_full(2, 4);
	for (int i = 0; i < 3; i++)
		assert_ok(asked(pair[0], &attest_it, 1000));
	assert_int_equal(l.throttle.deaf_until, 0);
	log = l.throttle.log.level;
	assert_err(asked(pair[0], &attest_it, 1000), ERR_RATE);
	/* its line is counted, and nothing is read until it is worth it */
	assert_true(l.throttle.log.level < log);
	assert_int_equal(l.throttle.deaf_until, 1001);
	assert_ok(asked(pair[0], &attest_it, 1001));
	assert_err(asked(pair[0], &attest_it, 1002), ERR_RATE);
	assert_int_equal(l.throttle.deaf_until, 1501);
	/* each kind has its own */
	assert_err(asked(pair[0], &start_it, 1002), ERR_INVOKE);
	assert_err(asked(pair[0], &start_it, 1002), ERR_INVOKE);
	assert_err(asked(pair[0], &start_it, 1002), ERR_RATE);
	/* a stop is made, but not so often; nor is nonsense taken faster */
	l.throttle.deaf_until = 0;
	assert_ok(asked(pair[0], &stop, 1002));
	assert_err(asked(pair[0], &drain, 1002), ERR_UNEXPECTED);
	assert_int_equal(l.throttle.deaf_until, 0);
	assert_ok(asked(pair[0], &stop, 1002));
	assert_int_equal(l.throttle.deaf_until, 1002 + 251);
	assert_err(asked(pair[0], &drain, 1002), ERR_UNEXPECTED);
	assert_int_equal(l.throttle.deaf_until, 1002 + 501);
	free(l.room.p);
	l.room = (struct span){NULL, 0};
	assert_int_equal(close(pair[0]) | close(pair[1]), 0);
}

/* ---- the channel ----------------------------------------------------------
 */

static void
test_channel(void **state)
{
	struct channel_frame f = request(), got;
	uint8_t room[8192];
	int pair[2], fd, none;
	struct bytes out;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_ok(channel_send(pair[0], SPAN_OF(room), &f, -1));
	assert_ok(channel_receive(pair[1], SPAN_OF(room), WAIT_MS, &got, &fd));
	assert_int_equal(fd, -1);
	assert_true(bytes_same(got.challenge, f.challenge));
	assert_true(bytes_same(got.measurements.raw, f.measurements.raw));
	/* with a descriptor: only where the op has one */
	f = (struct channel_frame){.op = CHANNEL_ANSWER, .slot = 5};
	assert_ok(channel_send(pair[0], SPAN_OF(room), &f, pair[0]));
	assert_ok(channel_receive(pair[1], SPAN_OF(room), WAIT_MS, &got, &fd));
	assert_int_equal(got.slot, 5);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	f = (struct channel_frame){.op = CHANNEL_STOP, .slot = 5};
	none = dup(0); /* the next number to be given out */
	assert_int_equal(close(none), 0);
	assert_ok(channel_send(pair[0], SPAN_OF(room), &f, pair[0]));
	assert_err(channel_receive(pair[1], SPAN_OF(room), WAIT_MS, &got, &fd),
	    ERR_UNEXPECTED);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(none, F_GETFD), -1); /* it was closed */
	/* half a frame does not hold anybody up */
	assert_int_equal(write(pair[0], "\0\0\0\2\x81", 5), 5);
	assert_err(
	    channel_receive(pair[1], SPAN_OF(room), 50, &got, &fd), ERR_NET);
	assert_int_equal(close(pair[0]), 0);
	assert_err(channel_receive(pair[1], SPAN_OF(room), WAIT_MS, &got, &fd),
	    ERR_NET);
	assert_int_equal(close(pair[1]), 0);
	assert_err(channel_write(
		       SPAN_OF(room), &(struct channel_frame){.op = 99}, &out),
	    ERR_BUG);
	assert_err(channel_write((struct span){room, 5}, &got, &out), ERR_BUG);
}

static void
test_channel_refuses(void **state)
{
	static const struct {
		struct bytes in;
		enum err e;
	} bad[] = {
	    {BYTES_LIT(""), ERR_TRUNCATED}, {BYTES_LIT("\x80"), ERR_RANGE},
	    {BYTES_LIT("\x81\x18\x63"), ERR_TYPE},     /* op 99 */
	    {BYTES_LIT("\x81\x13"), ERR_TYPE},         /* stop: no slot */
	    {BYTES_LIT("\x82\x13\x10"), ERR_RANGE},    /* slot 16 */
	    {BYTES_LIT("\x83\x13\x01\x01"), ERR_TYPE}, /* one too many */
	    {BYTES_LIT("\x82\x13\x01\x01"), ERR_TRAILING},
	    {BYTES_LIT("\x82\x13\x18\x01"), ERR_NOT_SHORTEST},
	    {BYTES_LIT("\x82\x13\x41\x01"), ERR_TYPE}, /* slot as bytes */
	};
	struct channel_frame f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(channel_read(bad[i].in, &f), bad[i].e);
	assert_ok(channel_read(BYTES_LIT("\x82\x13\x01"), &f));
	assert_int_equal(f.slot, 1);
	assert_string_equal(channel_op_name(f.op), "stop");
	assert_string_equal(channel_op_name(99), "unknown");
}

/* Every cut and every flipped bit of a good frame: an error or another good
 * frame, never a fault. */
static void
test_channel_mutants(void **state)
{
	struct channel_frame f = request(), got;
	uint8_t room[2048];
	struct bytes out;

	(void)state;
	assert_ok(channel_write(SPAN_OF(room), &f, &out));
	for (size_t n = 4; n < out.n; n++)
		assert_int_not_equal(
		    channel_read((struct bytes){room + 4, n - 4}, &got), OK);
	for (size_t bit = 32; bit < 8 * out.n; bit++) {
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (channel_read((struct bytes){room + 4, out.n - 4}, &got) ==
		    OK)
			assert_int_equal(got.op, CHANNEL_ATTEST);
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_evidence),
	    cmocka_unit_test(test_forged_measurements),
	    cmocka_unit_test(test_forged_manifests),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_audience),
	    cmocka_unit_test(test_images),
	    cmocka_unit_test(test_applications),
	    cmocka_unit_test(test_throttle),
	    cmocka_unit_test(test_channel),
	    cmocka_unit_test(test_channel_refuses),
	    cmocka_unit_test(test_channel_mutants),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
