/*
 * make_example: one recipe of each kind, which works as it stands.
 */
#include "make.h"

#define EVIDENCE(indent)                                                       \
	indent                                                                 \
	    "sign: {file: evidence.pem, new: esp256, public: "                 \
	    "evidence.pub.pem}\n" indent                                       \
	    "encrypt:                      # leave out: in the clear\n" indent \
	    "  to: {file: tam-ecdh.pem, new: p256-ecdh}\n" indent              \
	    "  alg: A128GCM                # or ChaCha20/Poly1305, "           \
	    "A128CTR\n" indent                                                 \
	    "nonce: 000102030405060708090a0b0c0d0e0f\n" indent                 \
	    "audience: {file: tam.pem, new: esp256, public: "                  \
	    "tam.pub.pem}\n" indent                                            \
	    "teep-key: {file: agent.pem, new: esp256, public: "                \
	    "agent.pub.pem}\n" indent                                          \
	    "report-key: {file: report.pem, new: esp256, public: "             \
	    "report.pub.pem}\n" indent                                         \
	    "ueid: 0102030405060708090a0b0c0d0e0f1011\n" indent                \
	    "oemid: 894823                 # 3 or 16 octets, or a "            \
	    "number\n" indent                                                  \
	    "hwmodel: gateway              # text, or {hex: ...}\n" indent     \
	    "hwversion: \"1.0\"\n" indent                                      \
	    "launcher: {text: the launcher}  # a digest in hex, or what to "   \
	    "hash\n" indent "agent: {text: the agent}\n" indent                \
	    "policy: {text: the policy}\n" indent "installed:\n" indent        \
	    "  - {component: ta/hello, manifest: {text: manifest}, image: "    \
	    "{text: image}}\n"

#define RESULT(indent)                                                       \
	indent "sign: {file: verifier.pem, new: ed25519, public: "           \
	       "verifier.pub.pem}\n" indent                                  \
	       "about: {file: agent.pem, new: esp256, public: "              \
	       "agent.pub.pem}\n" indent                                     \
	       "nonce: 000102030405060708090a0b0c0d0e0f\n" indent            \
	       "ueid: 0102030405060708090a0b0c0d0e0f1011\n" indent           \
	       "oemid: 894823\n" indent "hwmodel: gateway\n" indent          \
	       "hwversion: \"1.0\"\n" indent                                 \
	       "manifests: [{text: the agent}]\n" indent                     \
	       "iat: now                      # or 2026-01-31T12:00:00Z, a " \
	       "number\n" indent "exp: now+3600\n"

#define REPORT(indent)                                                       \
	indent                                                               \
	    "sign: {file: report.pem, new: esp256, public: "                 \
	    "report.pub.pem}\n" indent                                       \
	    "encrypt: {to: {file: tam-ecdh.pem, new: p256-ecdh}}\n" indent   \
	    "manifest: {text: manifest}    # its digest in hex, or what to " \
	    "hash\n" indent                                                  \
	    "nonce: a0a1a2a3a4a5a6a7       # the Update's token\n" indent    \
	    "outcome: success              # or a reason: image-digest\n"

#define MANIFEST(indent)                                                      \
	indent                                                                \
	    "sign: {file: signer.pem, new: esp256, public: "                  \
	    "signer.pub.pem}\n" indent "component: ta/hello\n" indent         \
	    "sequence: 1\n" indent                                            \
	    "payload: {text: an application}  # or uri, image-digest, "       \
	    "image-size\n" indent                                             \
	    "vendor: example.com           # a domain or a UUID\n" indent     \
	    "class: gateway                # a name in it or a UUID\n" indent \
	    "version: \"1.0\"\n" indent "invoke: true\n"

#define KEYS                                                               \
	"# Keys are files beside this one; \"new\" makes one that is not " \
	"there.\n"
#define FAULTS "# faults: [bad-signature]       # see teep make --faults\n"

static const char query_request[] =
    "# A QueryRequest, as a TAM asks whom it does not know yet.\n" KEYS
    "sign:                           # one key makes a COSE_Sign1\n"
    "  - {file: tam.pem, new: esp256, public: tam.pub.pem}\n"
    "  - {file: tam-ed.pem, new: ed25519, public: tam-ed.pub.pem}\n"
    "token: {random: 16}             # hex, {text}, {base64}, {file}, "
    "{random}\n"
    "versions: [0]\n"
    "supported-teep-cipher-suites: [esp256, ed25519]\n"
    "supported-suit-cose-profiles: [esp256-a128gcm, ed25519-chacha-poly]\n"
    "data-item-requested: [trusted-components, extensions]\n"
    "# With attestation asked for, instead of the token:\n"
    "# data-item-requested: [attestation, trusted-components]\n"
    "# challenge: {random: 32}\n"
    "# supported-freshness-mechanisms: [nonce]\n" FAULTS;

static const char query_response[] =
    "# A QueryResponse with Evidence.\n" KEYS
    "sign: {file: agent.pem, new: esp256, public: agent.pub.pem}\n"
    "selected-version: 0\n"
    "attestation-payload:            # or result, or octets\n"
    "  evidence:\n" EVIDENCE(
	"    ") "tc-list:\n"
		"  - {component: ta/hello, image-digest: {text: image}, "
		"image-size: 5}\n"
		"requested-tc-list:\n"
		"  - {component: ta/wanted, sequence: 2, have-binary: false}\n"
		"unneeded-manifest-list: [ta/old]\n"
		"ext-list: []\n"
		"# token: a0a1a2a3a4a5a6a7       # if the QueryRequest had "
		"it\n" FAULTS;

static const char update[] =
    "# An Update that installs one component and removes another.\n" KEYS
    "sign: {file: tam.pem, new: esp256, public: tam.pub.pem}\n"
    "token: a0a1a2a3a4a5a6a7\n"
    "attestation-payload:            # binds it to this agent and exchange\n"
    "  result:\n" RESULT(
	"    ") "manifest-list:                  # each a recipe, or {file: "
		"...}\n"
		"  - manifest:\n" MANIFEST(
		    "      ") "unneeded-manifest-list: [ta/old]\n"
			      "# err-code: ERR_TEMPORARY_ERROR # and err-msg, "
			      "err-lang\n" FAULTS;

static const char success[] =
    "# A Success with a SUIT Report.\n" KEYS
    "sign: {file: agent.pem, new: esp256, public: agent.pub.pem}\n"
    "token: a0a1a2a3a4a5a6a7         # that of the Update\n"
    "msg: installed\n"
    "suit-reports:                   # each a recipe, or octets\n"
    "  - report:\n" REPORT("      ") FAULTS;

static const char error[] =
    "# An Error: no version in common.\n" KEYS
    "sign: {file: agent.pem, new: esp256, public: agent.pub.pem}\n"
    "token: a0a1a2a3a4a5a6a7\n"
    "err-code: ERR_UNSUPPORTED_MSG_VERSION  # or a number\n"
    "versions: [0]                   # what this code demands\n"
    "err-msg: version 0 only\n"
    "err-lang: en\n" FAULTS;

static const char evidence[] =
    "# Evidence of docs/evidence.md by itself.\n" KEYS EVIDENCE("") FAULTS;

static const char result[] =
    "# An Attestation Result about an agent by itself.\n" KEYS RESULT("")
	FAULTS;

static const char report[] =
    "# A SUIT Report by itself.\n" KEYS REPORT("") FAULTS;

static const char manifest[] =
    "# A SUIT manifest in its envelope; suit(1) has more.\n" KEYS MANIFEST("")
	FAULTS;

const char *
make_example(unsigned made)
{
	static const char *const texts[] = {query_request, query_response,
	    update, success, error, evidence, result, report, manifest};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (made == 1u << i)
			return texts[i];
	return NULL;
}
