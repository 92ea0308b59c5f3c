/* verify: would a device that trusts these keys take this envelope? */
#include "depended.h"
#include "rehearse.h"
#include "trust.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char *
id_text(char out[SUIT_ID_TEXT], struct bytes id)
{
	return suit_id_text(id, out) == OK ? out : "?";
}

struct request {
	const char *file, *after;
	struct trust trust;
	struct shelf shelf;
	struct payload_files payloads;
	uint64_t threshold;
	uint32_t compat;
	bool json;
	/* What came of it. */
	struct depended depended;
	struct rehearsing dry;
	enum rehearsal payload;
	char place[4096 + SUIT_ID_TEXT]; /* file, and dependency, at fault */
};

/* ---- what it is, in words ------------------------------------------------ */

static void
print_signers(
    const char *before, const struct suit_manifest *m, const struct request *q)
{
	for (size_t i = 0; i < m->n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m->signer[i], KID_LEN});
		(void)printf("%ssigned by %s (%s)\n", before, kid,
		    key_ring_name(&q->trust.ring, m->signer[i]));
	}
}

static void
print_dependencies(const struct request *q)
{
	char text[SUIT_ID_TEXT];

	for (size_t i = 0; i < q->depended.n; i++) {
		const struct suit_manifest *m = &q->depended.row[i].m;
		struct bytes uri = q->depended.row[i].uri;

		(void)printf("depends   %s: ", q->depended.row[i].place->name);
		if (q->depended.row[i].model != NULL) {
			(void)printf("manifest %s, sequence %llu\n",
			    id_text(text, m->component_id),
			    (unsigned long long)m->sequence);
			print_signers("          ", m, q);
			continue;
		}
		(void)fputs("not here", stdout);
		if (uri.n > 0) {
			(void)fputs("; from ", stdout);
			safe_put(stdout, uri);
		}
		(void)puts("; NOT looked at: --dependency FILE");
	}
}

static void
print_text(const struct request *q, const struct suit_manifest *m)
{
	char text[SUIT_ID_TEXT], hex[2 * DIGEST_LEN + 1];

	hex_text(hex, sizeof(hex), BYTES_OF(m->digest));
	(void)printf("manifest  %s\n", id_text(text, m->component_id));
	(void)printf("sequence  %llu\n", (unsigned long long)m->sequence);
	(void)printf("digest    %s\n", hex);
	for (size_t i = 0; i < m->components.n; i++)
		(void)printf(
		    "component %s\n", id_text(text, suit_component(m, i)));
	print_dependencies(q);
	if (q->payload == REHEARSAL_RIGHT) {
		(void)puts("payload   matches");
	} else if (q->dry.uri.p != NULL) {
		(void)fputs("payload   not here; from ", stdout);
		safe_put(stdout, q->dry.uri);
		(void)fputc('\n', stdout);
	} else {
		(void)puts("payload   depends on the device");
	}
	print_signers("", m, q);
}

/* ---- and for programs ---------------------------------------------------- */

static void
json_signers(const struct suit_manifest *m, const struct request *q)
{
	(void)fputs(",\"signers\":[", stdout);
	for (size_t i = 0; i < m->n_signers; i++) {
		char kid[KID_TEXT];

		base64url_text(
		    kid, sizeof(kid), (struct bytes){m->signer[i], KID_LEN});
		(void)printf(
		    "%s{\"kid\":\"%s\",\"file\":", i > 0 ? "," : "", kid);
		json_put(stdout,
		    bytes_of_text(key_ring_name(&q->trust.ring, m->signer[i])));
		(void)fputc('}', stdout);
	}
	(void)fputc(']', stdout);
}

static void
json_manifest(const struct suit_manifest *m)
{
	char text[SUIT_ID_TEXT], hex[2 * DIGEST_LEN + 1];

	hex_text(hex, sizeof(hex), BYTES_OF(m->digest));
	(void)printf(",\"manifest\":\"%s\",\"sequence\":%llu,\"digest\":\"%s\"",
	    id_text(text, m->component_id), (unsigned long long)m->sequence,
	    hex);
}

static void
json_dependencies(const struct request *q)
{
	(void)fputs(",\"dependencies\":[", stdout);
	for (size_t i = 0; i < q->depended.n; i++) {
		bool here = q->depended.row[i].model != NULL;

		(void)printf("%s{\"name\":\"%s\",\"looked_at\":%s",
		    i > 0 ? "," : "", q->depended.row[i].place->name,
		    here ? "true" : "false");
		if (here) {
			json_manifest(&q->depended.row[i].m);
			json_signers(&q->depended.row[i].m, q);
		} else if (q->depended.row[i].uri.n > 0) {
			(void)fputs(",\"uri\":", stdout);
			json_put(stdout, q->depended.row[i].uri);
		}
		(void)fputc('}', stdout);
	}
	(void)fputc(']', stdout);
}

static void
print_json(const struct request *q, const struct suit_manifest *m)
{
	char text[SUIT_ID_TEXT];

	(void)fputs("{\"ok\":true,\"file\":", stdout);
	json_put(stdout, bytes_of_text(q->file));
	json_manifest(m);
	(void)fputs(",\"components\":[", stdout);
	for (size_t i = 0; i < m->components.n; i++)
		(void)printf("%s\"%s\"", i > 0 ? "," : "",
		    id_text(text, suit_component(m, i)));
	(void)fputc(']', stdout);
	json_signers(m, q);
	json_dependencies(q);
	(void)printf(",\"payload_checked\":%s}\n",
	    q->payload == REHEARSAL_RIGHT ? "true" : "false");
}

/* ---- verifying ----------------------------------------------------------- */

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

static enum err
signatures(
    const struct request *q, const struct suit_manifest *m, struct why *why)
{
	if (m->n_signers >= q->threshold)
		return OK;
	(void)why_set(why, ERR_THRESHOLD, "signatures");
	why->kind = WHY_UINT;
	why->expected_n = q->threshold;
	why->found_n = m->n_signers;
	return ERR_THRESHOLD;
}

/* Those that it depends on.  *file tells which one is refused. */
static enum err
dependencies(struct request *q, const struct keyring *ring,
    const struct model *model, const char **file, struct why *why)
{
	struct depended *d = &q->depended;
	enum err e = depended_check(d, crypto_or_die(PROG), ring, model, why);

	if (e == OK)
		return OK;
	(void)snprintf(q->place, sizeof(q->place), "%s: dependency %s",
	    d->file.p != NULL ? (const char *)d->file.p : q->file,
	    d->bad->name);
	*file = q->place;
	return e;
}

static enum err
payloads(struct request *q, const struct keyring *ring,
    const struct suit_manifest *m, struct why *why)
{
	q->dry = (struct rehearsing){.ring = ring,
	    .files = &q->payloads,
	    .shelf = &q->shelf,
	    .compat = q->compat};
	q->payload = rehearse(&q->dry, m, why);
	return q->payload == REHEARSAL_WRONG ? why->err : OK;
}

static enum err
verify_octets(struct request *q, struct bytes in, struct pool *pool,
    const char **file, struct suit_manifest *m, struct why *why)
{
	const struct crypto *c = crypto_or_die(PROG);
	struct keyring ring = key_ring_view(&q->trust.ring);
	struct model *model;

	TRY(suit_open(c, &ring, in, m, why));
	TRY(signatures(q, m, why));
	if (q->after != NULL)
		TRY(after_ok(q->after, m, why));
	TRY(model_open(pool, in, c, &model, why));
	shelf_lend(&q->shelf, model, c);
	TRY(dependencies(q, &ring, model, file, why));
	return payloads(q, &ring, m, why);
}

static int
verify(struct request *q)
{
	struct bytes in = read_envelope(q->file);
	struct pool pool = {.part = NULL};
	const char *file = q->file;
	struct suit_manifest m;
	struct why why = {.err = OK};
	enum err e;

	for (size_t i = 0; i < q->payloads.n; i++)
		shelf_try(&q->shelf, q->payloads.row[i].path);
	trust_chains(&q->trust, in);
	for (size_t i = 0; i < q->shelf.n; i++)
		trust_chains(&q->trust, q->shelf.row[i].envelope);
	e = verify_octets(q, in, &pool, &file, &m, &why);
	if (e == OK && q->json)
		print_json(q, &m);
	else if (e == OK)
		print_text(q, &m);
	else if (q->json) {
		json_why(stdout, file, &why);
		(void)fputc('\n', stdout);
	} else
		trust_print_why(&q->trust, file, in, &why);
	shelf_free(&q->shelf);
	trust_free(&q->trust);
	pool_free(&pool);
	release_bytes(&in);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

static uint32_t
compat_option(const char *name)
{
	for (size_t i = 0; i < suit_compat_n; i++)
		if (strcmp(suit_compat_rows[i].name, name) == 0)
			return suit_compat_rows[i].bit;
	die_usage("suit verify",
	    "--compat %s is no reading; suit(1), RUN, lists them", name);
}

enum { OPT_COMPAT = OPT_TRUST_END };

int
cmd_verify(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit verify --key PUB|--mac FILE|--anchor CERT... "
	    "[OPTIONS] "
	    "FILE\n\n"
	    "Check signatures, digests, every command and the payloads in the\n"
	    "envelope, as a device does.\n\n" TRUST_USAGE
	    "  -t, --threshold N      demand N signatures (default 1)\n"
	    "  -p, --payload [URI=]FILE  check this file as the payload that "
	    "is\n"
	    "                         fetched (from URI)\n"
	    "  -d, --dependency FILE  an envelope that it depends on and does "
	    "not\n"
	    "                         hold: verified too\n"
	    "  -a, --after FILE|N     the last manifest, or its sequence number"
	    "\n"
	    "      --compat NAME      where drafts contradict themselves, read "
	    "it\n"
	    "                         as suit(1), RUN, says of NAME\n"
	    "  -j, --json\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    TRUST_OPTIONS,
	    {"dependency", required_argument, NULL, 'd'},
	    {"compat", required_argument, NULL, OPT_COMPAT},
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
	while ((o = getopt_long(argc, argv, "k:t:p:d:a:jh", options, NULL)) !=
	       -1) {
		switch (o) {
		case 'd':
			shelf_add(&q.shelf, optarg);
			break;
		case OPT_COMPAT:
			q.compat |= compat_option(optarg);
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
			if (!trust_option(&q.trust, o, optarg))
				die_usage("suit verify",
				    "unknown or incomplete option %s",
				    argv[optind - 1]);
			break;
		}
	}
	if (optind != argc - 1 || trust_nobody(&q.trust))
		die_usage("suit verify",
		    "one or more --key, --mac or --anchor and one file are "
		    "needed");
	q.file = argv[optind];
	return verify(&q);
}
