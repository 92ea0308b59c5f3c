/*
 * agent_apps: the agent's port to the launcher: Evidence, and applications.
 *
 * Calls go straight to the application over the socket that the launcher
 * passed back.  What comes from there is hostile: an answer too long, too
 * late, cut or unasked ends the application.                 [security 18]
 */
#include "agentproc.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <tamarind/ta.h>
#include <unistd.h>

#define CALL_MS 10000
#define IDLE_MS 60000

/* ---- the channel -------------------------------------------------------- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* The answer; a drain that came before it is remembered. */
static enum err
receive(struct apps *a, struct channel_frame *answer, int *fd)
{
	for (;;) {
		TRY(channel_receive(
		    a->channel, a->room, CHANNEL_WAIT_MS, answer, fd));
		if (answer->op == CHANNEL_ANSWER)
			return OK;
		close_fd(fd);
		if (answer->op != CHANNEL_DRAIN)
			return ERR_UNEXPECTED;
		a->drain = true;
	}
}

/* Ask, and wait for the answer, whose views live until the next call.  *fd is
 * the descriptor that came with it, -1 if none did or if the answer is no. */
static enum err
ask_fd(struct apps *a, const struct channel_frame *f, int send_fd,
    struct channel_frame *answer, int *fd)
{
	enum err e;

	*fd = -1;
	if (a->broken)
		return ERR_NET;
	e = channel_send(a->channel, a->room, f, send_fd);
	if (e == OK)
		e = receive(a, answer, fd);
	if (e == ERR_ROOM || e == ERR_BUG)
		return e; /* nothing was sent */
	/* Half a frame, or one too many: later answers would not be ours. */
	a->broken = e != OK;
	if (e == OK)
		e = (enum err)answer->err;
	if (e != OK)
		close_fd(fd);
	return e;
}

/* The same where no descriptor has to come. */
static enum err
ask(struct apps *a, const struct channel_frame *f, struct channel_frame *answer)
{
	int fd;

	TRY(ask_fd(a, f, -1, answer, &fd));
	close_fd(&fd);
	return OK;
}

void
apps_attend(struct apps *a)
{
	struct channel_frame f;
	int fd;
	enum err e =
	    channel_receive(a->channel, a->room, CHANNEL_WAIT_MS, &f, &fd);

	close_fd(&fd);
	if (e == OK && f.op == CHANNEL_DRAIN)
		a->drain = true;
	else
		a->broken = true;
}

/* ---- attest ------------------------------------------------------------- */

struct key_text {
	uint8_t room[128];
	struct bytes is;
};

static enum err
encode_key(const struct cose_key *k, struct key_text *out)
{
	struct cbor_out w = cbor_into(SPAN_OF(out->room));

	cose_key_write(&w, k);
	return cbor_done(&w, &out->is);
}

static enum err
port_attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *evidence)
{
	struct key_text teep, report;
	struct channel_frame f = {.op = CHANNEL_ATTEST,
	    .challenge = r->challenge,
	    .audience = r->audience,
	    .manifests = r->manifests,
	    .measurements = r->measurements,
	    .payload_keys = r->payload_keys};
	struct channel_frame answer;

	*evidence = BYTES_NONE;
	TRY(encode_key(&r->teep, &teep));
	TRY(encode_key(&r->report, &report));
	f.teep = teep.is;
	f.report = report.is;
	TRY(ask(ctx, &f, &answer));
	if (answer.evidence.n > room.n)
		return ERR_ROOM;
	memcpy(room.p, answer.evidence.p, answer.evidence.n);
	*evidence = (struct bytes){room.p, answer.evidence.n};
	return OK;
}

/* ---- instances ---------------------------------------------------------- */

static struct instance *
find(struct apps *a, struct bytes id)
{
	for (size_t i = 0; i < APP_INSTANCES; i++) {
		struct instance *x = &a->instance[i];

		if (x->used && bytes_same((struct bytes){x->id, x->id_n}, id))
			return x;
	}
	return NULL;
}

static struct instance *
find_free(struct apps *a)
{
	for (size_t i = 0; i < APP_INSTANCES; i++) {
		if (!a->instance[i].used)
			return &a->instance[i];
	}
	return NULL;
}

static void
end(struct apps *a, struct instance *x)
{
	const struct channel_frame f = {.op = CHANNEL_STOP, .slot = x->slot};
	struct channel_frame answer;

	if (!x->used)
		return;
	(void)close(x->fd);
	*x = (struct instance){0};
	/* It is gone for us either way; a broken channel ends the agent. */
	(void)ask(a, &f, &answer);
}

static void
port_stop(void *ctx, struct bytes id)
{
	struct instance *x = find(ctx, id);

	if (x != NULL)
		end(ctx, x);
}

/* Nothing to read, and not hung up: it waits for a call. */
static bool
waits(const struct instance *x)
{
	struct pollfd p = {.fd = x->fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

static bool
port_alive(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN])
{
	struct instance *x = find(ctx, id);

	if (x == NULL)
		return false;
	if (waits(x) && memcmp(x->sha256, sha256, DIGEST_LEN) == 0)
		return true;
	end(ctx, x);
	return false;
}

/* The blob in a memory file, sealed. */
static enum err
copy_image(const struct agent_store *s, const uint8_t sha256[DIGEST_LEN],
    uint64_t size, int fd)
{
	uint8_t piece[16384];
	uint64_t at = 0;

	while (at < size) {
		size_t got;

		TRY(s->blob_read(s->ctx, sha256, at, SPAN_OF(piece), &got));
		if (got == 0 || got > size - at)
			return ERR_IMAGE_SIZE;
		if (write(fd, piece, got) != (ssize_t)got)
			return ERR_SYSTEM;
		at += got;
	}
	return fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) ==
		       0
		   ? OK
		   : ERR_SYSTEM;
}

static enum err
ask_start(struct apps *a, const struct channel_frame *f, struct instance *x)
{
	struct channel_frame answer;
	int image = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd = -1;
	enum err e;

	if (image < 0)
		return ERR_SYSTEM;
	e = copy_image(a->store, f->sha256.p, f->size, image);
	if (e == OK)
		e = ask_fd(a, f, image, &answer, &fd);
	(void)close(image);
	TRY(e);
	if (fd < 0)
		return ERR_INVOKE;
	x->fd = fd;
	x->slot = answer.slot;
	return OK;
}

/* Before any call, and unlike one: see ta.h. */
static enum err
hand_over(const struct instance *x, struct bytes data)
{
	int64_t deadline = now_ms() + CALL_MS;
	uint8_t head[LINK_HEAD];

	if (data.n > LINK_CALL_MAX)
		return ERR_INVOKE;
	link_put_head(head, TA_DATA_HEAD | (uint32_t)data.n);
	TRY(write_all_until(x->fd, BYTES_OF(head), deadline));
	return write_all_until(x->fd, data, deadline);
}

static enum err
port_start(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN],
    uint64_t size, struct bytes args, struct bytes data)
{
	struct apps *a = ctx;
	struct channel_frame f = {.op = CHANNEL_START,
	    .component = id,
	    .sha256 = {sha256, DIGEST_LEN},
	    .size = size,
	    .args = args};
	struct instance *x;

	if (id.n > sizeof(x->id) || size > APP_IMAGE_MAX ||
	    args.n > APP_ARGS_MAX)
		return ERR_INVOKE;
	port_stop(a, id);
	x = find_free(a);
	if (x == NULL || ask_start(a, &f, x) != OK)
		return ERR_INVOKE;
	x->used = true;
	x->last_ms = now_ms();
	memcpy(x->id, id.p, id.n);
	x->id_n = id.n;
	memcpy(x->sha256, sha256, DIGEST_LEN);
	if (data.p == NULL || hand_over(x, data) == OK)
		return OK;
	end(a, x);
	return ERR_INVOKE;
}

/* ---- calls -------------------------------------------------------------- */

static enum err
exchange(const struct instance *x, struct bytes in, struct span room,
    struct bytes *out)
{
	int64_t deadline = now_ms() + CALL_MS;
	uint8_t head[LINK_HEAD];
	size_t n;

	/* Something there already: it answers what nobody asked. */
	if (in.n > LINK_CALL_MAX || !waits(x))
		return ERR_INVOKE;
	link_put_head(head, (uint32_t)in.n);
	TRY(write_all_until(x->fd, BYTES_OF(head), deadline));
	TRY(write_all_until(x->fd, in, deadline));
	TRY(read_all_until(x->fd, SPAN_OF(head), deadline));
	TRY(link_head(
	    head, room.n < LINK_CALL_MAX ? room.n : LINK_CALL_MAX, &n));
	TRY(read_all_until(x->fd, (struct span){room.p, n}, deadline));
	*out = (struct bytes){room.p, n};
	return OK;
}

static enum err
port_call(void *ctx, struct bytes id, struct bytes in, struct span room,
    struct bytes *out)
{
	struct apps *a = ctx;
	struct instance *x = find(a, id);
	enum err e;

	*out = BYTES_NONE;
	if (x == NULL)
		return ERR_INVOKE;
	e = exchange(x, in, room, out);
	x->last_ms = now_ms();
	if (e == OK)
		return OK;
	log_event(LEVEL_WARN, "application-failed", LOG_ERR("reason", e),
	    LOG_H("component", id));
	end(a, x);
	return ERR_INVOKE;
}

int
apps_idle(struct apps *a)
{
	int64_t now = now_ms(), next = IDLE_MS;

	for (size_t i = 0; i < APP_INSTANCES; i++) {
		struct instance *x = &a->instance[i];

		if (!x->used)
			continue;
		if (now - x->last_ms >= IDLE_MS)
			end(a, x);
		else if (IDLE_MS - (now - x->last_ms) < next)
			next = IDLE_MS - (now - x->last_ms);
	}
	return (int)next;
}

void
apps_port(struct apps *a, struct agent_launcher *out)
{
	*out = (struct agent_launcher){
	    .ctx = a,
	    .attest = port_attest,
	    .start = port_start,
	    .alive = port_alive,
	    .call = port_call,
	    .stop = port_stop,
	};
}
