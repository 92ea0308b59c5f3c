/*
 * The fetch guard: what a program may connect to.          [security 17]
 *
 * The URIs come from policy, manifests or settings, but a manifest may be
 * signed by someone who is merely allowed to publish an application: he must
 * not be able to make this machine talk to its neighbours.
 */
#include "fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
v4_ok(uint32_t a)
{
	static const struct {
		uint32_t net, mask;
	} closed[] = {
	    {0x00000000, 0xff000000}, /* this network */
	    {0x0a000000, 0xff000000}, /* private */
	    {0x64400000, 0xffc00000}, /* shared, carrier */
	    {0x7f000000, 0xff000000}, /* loopback */
	    {0xa9fe0000, 0xffff0000}, /* link-local, metadata services */
	    {0xac100000, 0xfff00000}, /* private */
	    {0xc0000000, 0xffffff00}, /* protocol assignments */
	    {0xc0a80000, 0xffff0000}, /* private */
	    {0xc6120000, 0xfffe0000}, /* benchmarking */
	    {0xe0000000, 0xe0000000}, /* multicast, reserved, broadcast */
	};

	for (size_t i = 0; i < ARRAY_LEN(closed); i++)
		if ((a & closed[i].mask) == closed[i].net)
			return false;
	return true;
}

bool
guard_address_ok(const void *addr)
{
	const struct sockaddr *sa = addr;
	const uint8_t *b;

	if (sa->sa_family == AF_INET)
		return v4_ok(
		    ntohl(((const struct sockaddr_in *)addr)->sin_addr.s_addr));
	if (sa->sa_family != AF_INET6)
		return false;
	b = ((const struct sockaddr_in6 *)addr)->sin6_addr.s6_addr;
	/* Only global unicast, and not the ranges that embed an IPv4 address
	 * (6to4, Teredo) and so could reach a closed one. */
	if ((b[0] & 0xe0) != 0x20)
		return false;
	if (b[0] == 0x20 && b[1] == 0x02)
		return false;
	return !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0);
}

/* The address is judged when the socket is opened, so that a name which
 * changes its mind between look-ups gains nothing. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	const struct guard *g = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!g->listed && !guard_address_ok(&a->addr)) {
		trouble_set("the host's address is a loopback, link-local, "
			    "private or special one, and no 'allow' lists it");
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

enum err
guard_set(
    struct guard *g, const struct fetch_rules *r, void *curl, const char *uri)
{
	struct origin o;
	bool https;

	g->listed = false;
	TRY(origin_read(uri, &o));
	https = strcmp(o.scheme, "https") == 0;
	for (size_t i = 0; i < r->n_allow; i++)
		g->listed = g->listed || origin_covers(&r->allow[i], &o);
	if (!https && !(g->listed && strcmp(o.scheme, "http") == 0)) {
		origin_free(&o);
		trouble_set("%s: not https, and no 'allow' lists it", uri);
		return ERR_URI;
	}
	origin_free(&o);
	/* Texts are copied.  Without these two, a proxy that the environment
	 * names, or authorities that nobody chose. */
	if (curl_easy_setopt(curl, CURLOPT_URL, uri) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
		https ? "https" : "http") != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK ||
	    (r->ca_file != NULL &&
		curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca_file) != CURLE_OK))
		return ERR_MEMORY;
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 15L);
	/* Whoever drips holds up all other TAMs.              [slow retrieval]
	 */
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, r->seconds);
	curl_easy_setopt(
	    curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, g);
	return OK;
}
