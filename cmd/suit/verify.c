/* verify: would a device that trusts these keys take this envelope? */
#include "trust.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char *
id_text(char out[SUIT_ID_TEXT], struct bytes id)
{
	return suit_id_text(id, out) == OK ? out : "?";
}

static void
print_text(const struct suit_manifest *m, const struct key_ring *ring,
    enum rehearsal payload, struct bytes uri)
{
	char text[SUIT_ID_TEXT], hex[2 * DIGEST_LEN + 1];

	hex_text(hex, sizeof(hex), BYTES_OF(m->digest));
	(void)printf("manifest  %s\n", id_text(text, m->component_id));
	(void)printf("sequence  %llu\n", (unsigned long long)m->sequence);
	(void)printf("digest    %s\n", hex);
	for (size_t i = 0; i < m->components.n; i++)
		(void)printf(
		    "component %s\n", id_text(text, suit_component(m, i)));
	if (payload == REHEARSAL_RIGHT) {
		(void)puts("payload   matches");
	} else if (uri.p != NULL) {
		(void)fputs("payload   not here; from ", stdout);
		safe_put(stdout, uri);
		(void)fputc('\n', stdout);
	} else {
		(void)puts("payload   depends on the device");
	}
	for (size_t i = 0; i < m->n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m->signer[i], KID_LEN});
		(void)printf("signed by %s (%s)\n", kid,
		    key_ring_name(ring, m->signer[i]));
	}
}

static void
print_json(const char *file, const struct suit_manifest *m,
    const struct key_ring *ring, enum rehearsal payload)
{
	char text[SUIT_ID_TEXT], hex[2 * DIGEST_LEN + 1];

	hex_text(hex, sizeof(hex), BYTES_OF(m->digest));
	(void)fputs("{\"ok\":true,\"file\":", stdout);
	json_put(stdout, bytes_of_text(file));
	(void)printf(",\"manifest\":\"%s\",\"sequence\":%llu,\"digest\":\"%s\","
		     "\"components\":[",
	    id_text(text, m->component_id), (unsigned long long)m->sequence,
	    hex);
	for (size_t i = 0; i < m->components.n; i++)
		(void)printf("%s\"%s\"", i > 0 ? "," : "",
		    id_text(text, suit_component(m, i)));
	(void)fputs("],\"signers\":[", stdout);
	for (size_t i = 0; i < m->n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m->signer[i], KID_LEN});
		(void)printf(
		    "%s{\"kid\":\"%s\",\"file\":", i > 0 ? "," : "", kid);
		json_put(
		    stdout, bytes_of_text(key_ring_name(ring, m->signer[i])));
		(void)fputc('}', stdout);
	}
	(void)printf("],\"payload_checked\":%s}\n",
	    payload == REHEARSAL_RIGHT ? "true" : "false");
}

struct request {
	const char *file, *after;
	struct trust trust;
	struct payload_files payloads;
	uint64_t threshold;
	bool json;
};

/* May it follow the last one that a device has seen? */
static enum err
after_ok(const char *after, const struct suit_manifest *m, struct why *why)
{
	struct suit_manifest last = {.sequence = 0};
	struct bytes in;
	enum err e;

	if (number_read(after, UINT64_MAX, &last.sequence) == OK) {
		/* of a number alone nobody knows the digest */
		memcpy(last.digest, m->digest, DIGEST_LEN);
	} else {
		in = read_envelope(after);
		e = suit_parse(in, &last, why);
		if (e != OK) {
			print_why(PROG, after, why);
			exit(EXIT_REFUSED);
		}
		release_bytes(&in);
	}
	e = suit_sequence_ok(
	    false, last.sequence, last.digest, m->sequence, m->digest);
	if (e == OK)
		return OK;
	(void)why_set(why, e, "sequence number");
	why->kind = WHY_UINT;
	why->expected_n = last.sequence;
	why->found_n = m->sequence;
	return e;
}

static int
verify(struct request *q)
{
	const char *file = q->file;
	struct key_ring *ring = &q->trust.ring;
	uint64_t threshold = q->threshold;
	bool json = q->json;
	struct bytes in = read_envelope(file);
	struct keyring view = key_ring_view(ring);
	struct suit_manifest m;
	struct why why = {.err = OK};
	enum rehearsal payload = REHEARSAL_OPEN;
	struct bytes uri;
	enum err e;

	trust_chains(&q->trust, in);
	e = suit_open(crypto_or_die(PROG), &view, in, &m, &why);
	if (e == OK && m.n_signers < threshold) {
		e = why_set(&why, ERR_THRESHOLD, "signatures");
		why.kind = WHY_UINT;
		why.expected_n = threshold;
		why.found_n = m.n_signers;
	}
	if (e == OK && q->after != NULL)
		e = after_ok(q->after, &m, &why);
	if (e == OK) {
		payload = rehearse(&m, &q->payloads, &uri, &why);
		if (payload == REHEARSAL_WRONG)
			e = why.err;
	}
	if (e == OK && json)
		print_json(file, &m, ring, payload);
	else if (e == OK)
		print_text(&m, ring, payload, uri);
	else if (json) {
		json_why(stdout, file, &why);
		(void)fputc('\n', stdout);
	} else
		trust_print_why(&q->trust, file, in, &why);
	trust_free(&q->trust);
	release_bytes(&in);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

enum { OPT_MAC = 256, OPT_ANCHOR };

int
cmd_verify(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit verify --key PUB|--mac FILE|--anchor CERT... "
	    "[OPTIONS] "
	    "FILE\n\n"
	    "Check signatures, digests, every command and the payloads in the\n"
	    "envelope, as a device does.\n\n"
	    "  -k, --key FILE       trusted key: PEM, certificate or COSE_Key\n"
	    "      --mac FILE       trusted key for MACs, 32 octets\n"
	    "      --anchor FILE    certificate (PEM) whose holder vouches "
	    "for\n"
	    "                       the certificates that go with signatures\n"
	    "  -t, --threshold N    demand N signatures (default 1)\n"
	    "  -p, --payload [URI=]FILE  check this file as the payload that\n"
	    "                       is fetched (from URI)\n"
	    "  -a, --after FILE|N   the last manifest, or its sequence number\n"
	    "  -j, --json\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"mac", required_argument, NULL, OPT_MAC},
	    {"anchor", required_argument, NULL, OPT_ANCHOR},
	    {"threshold", required_argument, NULL, 't'},
	    {"payload", required_argument, NULL, 'p'},
	    {"after", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct request q;
	int o;

	q = (struct request){.threshold = 1};
	while (
	    (o = getopt_long(argc, argv, "k:t:p:a:jh", options, NULL)) != -1) {
		switch (o) {
		case 'k':
			ring_add_or_die(&q.trust.ring, optarg);
			break;
		case OPT_MAC:
			trust_mac(&q.trust, optarg);
			break;
		case OPT_ANCHOR:
			trust_anchor(&q.trust, optarg);
			break;
		case 't':
			if (number_read(
				optarg, SUIT_SIGNERS_MAX, &q.threshold) != OK ||
			    q.threshold == 0)
				die_usage("suit verify",
				    "--threshold %s is no number from 1 to %d",
				    optarg, SUIT_SIGNERS_MAX);
			break;
		case 'p':
			if (!payload_add(&q.payloads, optarg))
				die_usage("suit verify", "too many --payload");
			file_or_die(q.payloads.row[q.payloads.n - 1].path);
			break;
		case 'a':
			q.after = optarg;
			break;
		case 'j':
			q.json = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit verify",
			    "unknown or incomplete "
			    "option %s",
			    argv[optind - 1]);
		}
	}
	if (optind != argc - 1 || trust_nobody(&q.trust))
		die_usage("suit verify",
		    "one or more --key, --mac or --anchor and one file are "
		    "needed");
	q.file = argv[optind];
	return verify(&q);
}
