/*
 * capability: what this processor can do, for authors.
 *                                   [SUIT Report SUIT_Capability_Report]
 *
 * It is what the profile lists, and so what an envelope is refused for.
 */
#include "report_int.h"

#include <stddef.h>
#include <string.h>

/* Algorithms, and what of the crypto port they need; from SEALING on those of
 * content that comes encrypted. */
#define SEALING 2
static const struct {
	int32_t alg;
	uint16_t needs;
} algorithms[] = {
    {ALG_ESP256, CAN_ESP256},
    {ALG_ED25519, CAN_ED25519},
    {ALG_A128KW, 0},
    {ALG_ECDH_ES_A128KW, CAN_P256_ECDH},
    {ALG_A128GCM, CAN_A128GCM},
    {ALG_CHACHA20_POLY1305, CAN_CHACHA},
    {ALG_A128CTR, CAN_A128CTR},
    {ALG_A256KW, CAN_AES_LONG},
    {ALG_ECDH_ES_A256KW, CAN_P256_ECDH | CAN_AES_LONG},
    {ALG_A256GCM, CAN_A128GCM | CAN_AES_LONG},
    {ALG_A256CTR, CAN_A128CTR | CAN_AES_LONG},
};

/* Members that extensions add, as their lists, and what those of manifests
 * that others depend on are.      [SUIT TD, UM; SUIT Report 6: they are told]
 */
static const uint8_t members[] = {5, 0x83, SUIT_COSWID,
    SUIT_DEPENDENCY_RESOLUTION, SUIT_CANDIDATE_VERIFICATION, 6, 0x86,
    SUIT_COMPONENT_ID, SUIT_SET_VERSION, SUIT_COSWID,
    SUIT_DEPENDENCY_RESOLUTION, SUIT_CANDIDATE_VERIFICATION, 0x18,
    SUIT_UNINSTALL};
static const uint8_t dependencies[] = {7, 0x81, 1, 10, 0x81, 1};

/* Functions of the host that commands ask, and the parameters that are for
 * them, which have the same numbers. */
#define ASKS(number, function)                                                \
	{                                                                     \
		number, offsetof(struct suit_host, function) / sizeof(void *) \
	}
static const struct {
	uint8_t number, at;
} asks[] = {
    ASKS(SUIT_CMD_DEVICE, device_is),
    ASKS(SUIT_CMD_SLOT, slot),
    ASKS(SUIT_CMD_USE_BEFORE, now),
    ASKS(SUIT_CMD_BATTERY, battery),
    ASKS(SUIT_CMD_AUTHORIZED, authorized),
    ASKS(SUIT_CMD_VERSION, version),
    ASKS(SUIT_CMD_WAIT, event),
    ASKS(SUIT_CMD_COPY, read),
    ASKS(SUIT_CMD_SWAP, swap),
    ASKS(SUIT_CMD_DEPENDENCY_INTEGRITY, depending),
    ASKS(SUIT_CMD_IS_DEPENDENCY, depending),
    ASKS(SUIT_CMD_PROCESS_DEPENDENCY, depending),
    ASKS(SUIT_PAR_METADATA, metadata),
};

static bool
answered(const struct suit_host *h, int64_t number)
{
	const void *function;

	for (size_t i = 0; i < ARRAY_LEN(asks); i++)
		if (asks[i].number == number) {
			memcpy(&function,
			    (const uint8_t *)h + asks[i].at * sizeof(function),
			    sizeof(function));
			return function != NULL;
		}
	return true;
}

/* Numbers of one list. */
struct numbers {
	size_t n;
	int32_t of[64]; /* rows, and as many again of a host's own */
};

/* Each once; 0 is none: it is the row that stands for those of the host. */
static void
add(struct numbers *l, int32_t number, struct cbor_out *w)
{
	if (number == 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->of[i] == number)
			return;
	if (l->n == ARRAY_LEN(l->of))
		w->err = ERR_LIMIT;
	else
		l->of[l->n++] = number;
}

static void
put(struct cbor_out *w, struct numbers *l)
{
	cbor_put_array(w, l->n);
	for (size_t i = 0; i < l->n; i++)
		cbor_put_int(w, l->of[i]);
	l->n = 0;
}

static void
put_commands(struct cbor_out *w, const struct suit_host *h, struct numbers *l)
{
	for (size_t i = 0; i < suit_profile.n; i++)
		if (answered(h, suit_profile.row[i].code))
			add(l, suit_profile.row[i].code, w);
	for (size_t i = 0; i < h->n_custom; i++)
		add(l, h->custom[i].code, w);
	put(w, l);
}

static void
put_params(struct cbor_out *w, const struct suit_host *h, struct numbers *l)
{
	for (size_t i = 0; i < suit_profile.n_params; i++) {
		int32_t label = suit_profile.param[i].label;

		if (label == SUIT_PAR_ENCRYPTION_INFO ? h->opener != NULL
						      : answered(h, label))
			add(l, label, w);
	}
	for (size_t i = 0; i < h->n_custom; i++)
		add(l, h->custom[i].parameter, w);
	put(w, l);
}

static void
put_algorithms(struct cbor_out *w, const struct crypto *c,
    const struct suit_host *h, struct numbers *l)
{
	size_t n = suit_profile.sealed != NULL && h->opener != NULL
		       ? ARRAY_LEN(algorithms)
		       : SEALING;

	add(l, ALG_SHA256, w);
	for (size_t i = 0; i < n; i++)
		if ((c->can & algorithms[i].needs) == algorithms[i].needs)
			add(l, algorithms[i].alg, w);
	if (suit_profile.mac != NULL)
		add(l, ALG_HMAC256, w);
	put(w, l);
}

bool
suit_unsupported(enum err e)
{
	uint64_t reason = suit_reason(e);

	return reason == R_COSE || reason == R_ALG || reason == R_COMMAND ||
	       reason == R_COMPONENT || reason == R_PARAMETER ||
	       reason == R_SEVERING;
}

void
suit_capabilities_put(struct cbor_out *w, const struct crypto *c,
    const struct suit_host *host, struct list prefixes)
{
	bool depending = suit_profile.depending != NULL &&
			 answered(host, SUIT_CMD_PROCESS_DEPENDENCY);
	struct cbor_in r = cbor_items(prefixes);
	struct numbers list = {.n = 0};

	cbor_put_map(w, depending ? 8 : 6);
	cbor_put_uint(w, CAP_COMPONENTS);
	cbor_put_array(w, prefixes.n);
	for (size_t i = 0; i < prefixes.n; i++) {
		size_t n = cbor_array_any(&r, 0, CBOR_PAIRS_MAX);

		/* any identifier that begins so */
		cbor_put_array(w, n + 1);
		while (n-- > 0)
			cbor_put_raw(w, cbor_raw(&r, CBOR_BSTR));
		cbor_put_bool(w, true);
	}
	cbor_put_uint(w, CAP_COMMANDS);
	put_commands(w, host, &list);
	cbor_put_uint(w, CAP_PARAMETERS);
	put_params(w, host, &list);
	cbor_put_uint(w, CAP_ALGORITHMS);
	put_algorithms(w, c, host, &list);
	cbor_put_raw(w, BYTES_OF(members));
	if (depending)
		cbor_put_raw(w, BYTES_OF(dependencies));
	if (r.err != OK && w->err == OK)
		w->err = r.err;
}
