/*
 * api: what clients may ask, shaped as the public Veraison API.
 */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_TYPE "application/vnd.veraison.challenge-response-session+json"
#define SUBMIT_TYPE  "application/vnd.veraison.provisioning-session+json"
#define DISCOVERY    "application/vnd.veraison.discovery+json"
#define PROBLEM      "application/problem+json"
#define TEEP_TYPE    "application/eat+cwt; eat_profile=\"" EAT_TEEP_PROFILE "\""
#define JWT_TYPE     "application/eat+jwt"

#define VERIFICATION "/challenge-response/v1/newSession"
#define SESSIONS     "/challenge-response/v1/session/"
#define PROVISIONING "/endorsement-provisioning/v1/submit"

static const char *const corim_types[] = {
    "application/rim+cose", "application/corim-signed+cbor"};

/* ---- answers ------------------------------------------------------------- */

static void
answer_json(struct call *c, unsigned status, const char *media, json_t *o)
{
	c->text = o == NULL ? NULL : json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	c->status = c->text == NULL ? 503 : status;
	c->media = media;
}

void
api_problem(
    struct call *c, unsigned status, const char *title, const char *detail)
{
	answer_json(c, status, PROBLEM,
	    json_pack("{s:s,s:s,s:i,s:s}", "type", "about:blank", "title",
		title, "status", (int)status, "detail", detail));
}

/* The service itself has failed; its log says why. */
static void
broken(struct call *c)
{
	api_problem(c, 503, "Service Unavailable",
	    "no judgement was possible; try again");
}

/* ---- negotiation --------------------------------------------------------- */

/* What a Result may be asked for as, the first being what everybody gets. */
enum form { FORM_SESSION, FORM_JWT, FORM_TEEP, FORM_EAR, FORMS };
static const char *const forms[] = {
    [FORM_SESSION] = SESSION_TYPE,
    [FORM_JWT] = JWT_TYPE,
    [FORM_TEEP] = TEEP_TYPE,
    [FORM_EAR] = EAR_MEDIA_TYPE,
};

/* Octets that count in a media type, in lower case; 0 at its end. */
static char
next(const char **p, const char *end)
{
	while (*p < end) {
		char ch = *(*p)++;

		if (ch >= 'A' && ch <= 'Z')
			return (char)(ch + ('a' - 'A'));
		if (ch != ' ' && ch != '\t' && ch != '"')
			return ch;
	}
	return 0;
}

static bool
same_type(const char *p, size_t n, const char *type)
{
	const char *end = p + n, *type_end = type + strlen(type);
	char a, b;

	do {
		a = next(&p, end);
		b = next(&type, type_end);
	} while (a == b && a != 0);
	return a == b;
}

/* Octets of the first member of a list: a profile has commas of its own. */
static size_t
member(const char *p)
{
	bool quoted = false;
	size_t n = 0;

	for (; p[n] != 0 && (quoted || p[n] != ','); n++)
		if (p[n] == '"')
			quoted = !quoted;
	return n;
}

/* A member of an Accept header without its weight. */
static size_t
unweighted(const char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (p[i] == ';') {
			size_t k = i + 1;

			while (k < n && p[k] == ' ')
				k++;
			if (k + 1 < n && (p[k] == 'q' || p[k] == 'Q') &&
			    p[k + 1] == '=')
				return i;
		}
	return n;
}

/* The first that is taken, in the order of the header. */
static enum form
form_wanted(const char *accept)
{
	if (accept == NULL || *accept == 0)
		return FORM_SESSION;
	while (*accept != 0) {
		size_t all = member(accept);
		size_t n = unweighted(accept, all);

		if (same_type(accept, n, "*/*") ||
		    same_type(accept, n, "application/*") ||
		    same_type(accept, n, "application/json"))
			return FORM_SESSION;
		for (unsigned i = 0; i < FORMS; i++)
			if (same_type(accept, n, forms[i]))
				return (enum form)i;
		accept += all;
		if (*accept == ',')
			accept++;
	}
	return FORMS;
}

static void
answer_session(struct call *c, unsigned status, struct session *x)
{
	enum form form = form_wanted(c->accept);

	if (form == FORMS) {
		api_problem(c, 406, "Not Acceptable",
		    "a session, or a Result as application/eat+jwt, or as "
		    "application/eat+cwt of the TEEP profile or of an EAR");
		return;
	}
	if (form != FORM_SESSION && x->state != SESSION_COMPLETE) {
		api_problem(c, 406, "Not Acceptable",
		    "there is no Result yet: send Evidence first");
		return;
	}
	c->status = status;
	c->media = forms[form];
	switch (form) {
	case FORM_JWT:
		c->bytes = bytes_of_text(x->jwt);
		return;
	case FORM_EAR:
		c->bytes = x->ear;
		return;
	case FORM_TEEP:
		c->bytes = x->teep;
		/* The profile can say nothing but that all is well. */
		if (x->teep.n == 0)
			api_problem(c, 406, "Not Acceptable",
			    x->refusal[0] != 0 ? x->refusal
					       : "no TEEP key is bound");
		return;
	case FORM_SESSION:
	case FORMS:
		break;
	}
	answer_json(c, status, SESSION_TYPE, session_json(c->f, x));
}

/* ---- sessions ------------------------------------------------------------ */

/* Base64 of either alphabet, padded or not. */
static enum err
base64_any(const char *in, struct span room, struct bytes *out)
{
	char text[512];
	size_t n = strcspn(in, "=");

	if (n >= sizeof(text) || strspn(in + n, "=") != strlen(in + n))
		return ERR_TEXT;
	for (size_t i = 0; i < n; i++)
		text[i] = in[i] == '+' || in[i] == ' ' ? '-'
			  : in[i] == '/'               ? '_'
						       : in[i];
	text[n] = 0;
	return base64url_read(text, room, out);
}

static const char *
query(const struct call *c, const char *name)
{
	return MHD_lookup_connection_value(
	    c->conn, MHD_GET_ARGUMENT_KIND, name);
}

static bool
nonce_set(struct call *c, struct session *x)
{
	const char *nonce = query(c, "nonce"), *size = query(c, "nonceSize");
	uint64_t n = NONCE_USUAL;
	struct bytes b;

	if (nonce != NULL && size != NULL)
		return false;
	if (nonce != NULL) {
		if (base64_any(nonce, SPAN_OF(x->nonce), &b) != OK ||
		    b.n < NONCE_MIN)
			return false;
		x->nonce_n = b.n;
		return true;
	}
	if (size != NULL &&
	    (number_read(size, NONCE_MAX, &n) != OK || n < NONCE_MIN))
		return false;
	x->nonce_n = n;
	return c->f->verifier.crypto->random(
		   (struct span){x->nonce, x->nonce_n}) == OK;
}

/* Whom Evidence is meant for, and who sent it, if whoever asks says so. */
struct names {
	struct session *x;
	bool bad;
};

static enum MHD_Result
name_take(
    void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct names *a = cls;
	struct session *x = a->x;
	uint8_t room[KID_LEN];
	struct bytes kid;

	(void)kind;
	if (strcmp(key, "kid") == 0) {
		if (value == NULL || x->has_kid ||
		    base64url_read(value, SPAN_OF(x->kid), &kid) != OK ||
		    kid.n != KID_LEN)
			a->bad = true;
		x->has_kid = true;
	} else if (strcmp(key, "audience") == 0) {
		if (value == NULL || x->n_audience == AUDIENCE_MAX ||
		    strlen(value) != KID_TEXT - 1 ||
		    base64url_read(value, SPAN_OF(room), &kid) != OK ||
		    kid.n != KID_LEN)
			a->bad = true;
		else
			memcpy(x->audience[x->n_audience++], value, KID_TEXT);
	} else if (strcmp(key, "nonce") != 0 && strcmp(key, "nonceSize") != 0) {
		a->bad = true;
	}
	return MHD_YES;
}

static void
new_session(struct call *c)
{
	struct session *x;
	struct names a = {NULL, false};
	enum err e = session_new(c->f, c->owner, c->source, &x);

	if (e == ERR_BUSY) {
		api_problem(c, 429, "Too Many Requests",
		    "too many sessions are open; delete one or wait");
		return;
	}
	if (e != OK) {
		broken(c);
		return;
	}
	a.x = x;
	(void)MHD_get_connection_values(
	    c->conn, MHD_GET_ARGUMENT_KIND, name_take, &a);
	if (a.bad || !nonce_set(c, x)) {
		session_end(c->f, x);
		api_problem(c, 400, "Bad Request",
		    "nonceSize is 8 to 64, or nonce is base64 of as many "
		    "octets; audience and kid are key ids in base64url");
		return;
	}
	(void)snprintf(c->location, sizeof(c->location), SESSIONS "%s", x->id);
	answer_json(c, 201, SESSION_TYPE, session_json(c->f, x));
}

static struct session *
find(struct call *c)
{
	struct session *x = session_find(c->f, c->arg, c->owner);

	if (x == NULL)
		api_problem(c, 404, "Not Found",
		    "no such session of yours: it is over, or never was");
	return x;
}

static void
get_session(struct call *c)
{
	struct session *x = find(c);

	if (x != NULL)
		answer_session(c, 200, x);
}

static void
delete_session(struct call *c)
{
	struct session *x = find(c);

	if (x == NULL)
		return;
	session_end(c->f, x);
	c->status = 204;
}

static void
verdict_count(struct counts *n, enum err e)
{
	size_t i = 0;

	while (i < n->n_verdicts && n->verdict_err[i] != e)
		i++;
	if (i == ARRAY_LEN(n->verdict))
		return;
	if (i == n->n_verdicts)
		n->verdict_err[n->n_verdicts++] = e;
	n->verdict[i]++;
}

static bool
evidence_keep(struct front *f, struct session *x, struct bytes in)
{
	uint8_t *p;

	if (in.n > EVIDENCE_ALL_MAX - f->evidence)
		return false;
	p = malloc(in.n + 1);
	if (p == NULL)
		return false;
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	x->evidence = (struct bytes){p, in.n};
	f->evidence += in.n;
	return true;
}

static void
post_evidence(struct call *c)
{
	struct session *x = find(c);

	if (x == NULL)
		return;
	if (x->state != SESSION_WAITING) {
		api_problem(c, 409, "Conflict",
		    "this challenge has been answered: begin a new session");
		return;
	}
	if (c->type == NULL ||
	    verifier_scheme(&c->f->verifier, bytes_of_text(c->type)) == NULL ||
	    !text_set(x->media, sizeof(x->media), c->type)) {
		api_problem(c, 415, "Unsupported Media Type",
		    "no Evidence of this type is taken here; see \"accept\" "
		    "of the session");
		return;
	}
	if (!evidence_keep(c->f, x, c->body) ||
	    ask_appraiser(c->f, x, c->body) != OK) {
		/* A challenge is answered once, well or not. */
		session_end(c->f, x);
		broken(c);
		return;
	}
	x->state = SESSION_COMPLETE;
	verdict_count(&c->f->n, x->verdict);
	answer_session(c, 200, x);
}

/* ---- endorsements -------------------------------------------------------- */

static void
submit(struct call *c)
{
	struct bytes json;
	enum err fate;
	bool known = false;

	for (size_t i = 0; c->type != NULL && i < ARRAY_LEN(corim_types); i++)
		known |= media_type_is(c->type, corim_types[i]);
	if (!known) {
		api_problem(c, 415, "Unsupported Media Type",
		    "a signed CoRIM: application/rim+cose");
		return;
	}
	if (ask_writer(c->f, c->body, &fate, &json) != OK) {
		broken(c);
		return;
	}
	c->f->n.corims++;
	c->f->n.corims_refused += fate != OK;
	c->text = strndup((const char *)json.p, json.n);
	c->media = SUBMIT_TYPE;
	c->status = fate == OK ? 200 : 422;
	if (c->text == NULL || err_class(fate) > CLASS_REFUSED) {
		free(c->text);
		c->text = NULL;
		broken(c);
	}
}

/* ---- discovery, health --------------------------------------------------- */

static json_t *
jwk(const struct front *f)
{
	char x[64], y[64], kid[KID_TEXT];

	base64url_text(x, sizeof(x), (struct bytes){f->pub.x, 32});
	base64url_text(y, sizeof(y), (struct bytes){f->pub.y, 32});
	kid_text(f->signer.kid, kid);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "kty", "EC", "crv",
	    "P-256", "alg", "ES256", "x", x, "y", y, "kid", kid);
}

static void
discover_verification(struct call *c)
{
	json_t *media = json_array();

	for (size_t i = 0; verifier_media(&c->f->verifier, i) != NULL; i++)
		(void)json_array_append_new(
		    media, json_string(verifier_media(&c->f->verifier, i)));
	answer_json(c, 200, DISCOVERY,
	    json_pack("{s:o,s:o,s:s,s:s,s:{s:s}}", "ear-verification-key",
		jwk(c->f), "media-types", media, "version", VERIFIERD_VERSION,
		"service-state", "READY", "api-endpoints",
		"newChallengeResponseSession", VERIFICATION));
}

static void
discover_provisioning(struct call *c)
{
	json_t *media = json_array();

	for (size_t i = 0; i < ARRAY_LEN(corim_types); i++)
		(void)json_array_append_new(media, json_string(corim_types[i]));
	answer_json(c, 200, DISCOVERY,
	    json_pack("{s:o,s:s,s:s,s:{s:s}}", "media-types", media, "version",
		VERIFIERD_VERSION, "service-state", "READY", "api-endpoints",
		"provisioningSubmit", PROVISIONING));
}

static void
health(struct call *c)
{
	answer_json(
	    c, 200, "application/json", json_pack("{s:s}", "status", "ok"));
}

static void
openapi(struct call *c)
{
	c->status = 200;
	c->media = "application/json";
	c->bytes = (struct bytes){(const uint8_t *)openapi_begin,
	    (size_t)(openapi_end - openapi_begin)};
}

static void
metrics(struct call *c)
{
	const struct counts *n = &c->f->n;
	size_t open = 0, size = 0;
	FILE *o = open_memstream(&c->text, &size);

	c->status = o == NULL ? 503 : 200;
	if (o == NULL)
		return;
	c->media = "text/plain; version=0.0.4";
	session_sweep(c->f);
	for (size_t i = 0; i < c->f->s->sessions; i++)
		open += c->f->session[i].state != SESSION_FREE;
	(void)fprintf(o,
	    "# TYPE verifierd_sessions_open gauge\n"
	    "verifierd_sessions_open %zu\n"
	    "# TYPE verifierd_sessions_total counter\n"
	    "verifierd_sessions_total %llu\n"
	    "# TYPE verifierd_sessions_expired_total counter\n"
	    "verifierd_sessions_expired_total %llu\n"
	    "# TYPE verifierd_sessions_refused_total counter\n"
	    "verifierd_sessions_refused_total %llu\n"
	    "# TYPE verifierd_requests_total counter\n"
	    "verifierd_requests_total %llu\n"
	    "# TYPE verifierd_corims_total counter\n"
	    "verifierd_corims_total{fate=\"taken\"} %llu\n"
	    "verifierd_corims_total{fate=\"refused\"} %llu\n"
	    "# TYPE verifierd_appraisals_total counter\n",
	    open, (unsigned long long)n->sessions,
	    (unsigned long long)n->expired, (unsigned long long)n->full,
	    (unsigned long long)n->requests,
	    (unsigned long long)(n->corims - n->corims_refused),
	    (unsigned long long)n->corims_refused);
	for (size_t i = 0; i < n->n_verdicts; i++)
		(void)fprintf(o,
		    "verifierd_appraisals_total{reason=\"%s\"} %llu\n",
		    err_name(n->verdict_err[i]),
		    (unsigned long long)n->verdict[i]);
	if (fclose(o) != 0)
		c->status = 503;
}

// clang-format off
const struct api_route api_routes[] = {
	{"POST", VERIFICATION, 0, new_session},
	{"GET", SESSIONS ":", 0, get_session},
	{"POST", SESSIONS ":", EVIDENCE_MAX, post_evidence},
	{"DELETE", SESSIONS ":", 0, delete_session},
	{"POST", PROVISIONING, CORIM_MAX, submit},
	{"GET", "/.well-known/veraison/verification", 0, discover_verification},
	{"GET", "/.well-known/veraison/provisioning", 0, discover_provisioning},
	{"GET", "/metrics", 0, metrics},
	{"GET", "/healthz", 0, health},
	{"GET", "/openapi.json", 0, openapi},
};
// clang-format on
const size_t api_n_routes = ARRAY_LEN(api_routes);
