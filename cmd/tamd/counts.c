/*
 * counts: say what a process asked of the cryptographic port, so that a
 * benchmark can do the same and nothing else.               [bench/README.md]
 */
#include "parts.h"

#include <crypto_openssl.h>

void
crypto_counts_log(const char *process)
{
	struct crypto_counts n;

	crypto_openssl_counts(&n);
	log_event(LEVEL_INFO, "crypto", LOG_S("process", process),
	    LOG_N("sign_esp256", n.sign_esp256),
	    LOG_N("sign_ed25519", n.sign_ed25519),
	    LOG_N("sign_octets", n.sign_octets),
	    LOG_N("verify_esp256", n.verify_esp256),
	    LOG_N("verify_ed25519", n.verify_ed25519),
	    LOG_N("verify_octets", n.verify_octets),
	    LOG_N("key_check", n.key_check), LOG_N("agree", n.agree),
	    LOG_N("ephemeral", n.ephemeral), LOG_N("hkdf", n.hkdf),
	    LOG_N("kw", n.kw), LOG_N("seal", n.seal),
	    LOG_N("seal_octets", n.seal_octets), LOG_N("open", n.open),
	    LOG_N("open_octets", n.open_octets), LOG_N("sha256", n.sha256),
	    LOG_N("sha256_octets", n.sha256_octets), LOG_N("hmac", n.hmac),
	    LOG_N("hmac_octets", n.hmac_octets), LOG_N("random", n.random),
	    LOG_N("random_octets", n.random_octets));
}
