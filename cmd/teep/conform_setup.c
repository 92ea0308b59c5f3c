/*
 * conform_setup: tell what a target has to be given, and what it gives.
 */
#include "conform.h"

void
setup_tell(const char *dir, bool agent)
{
	char vendor[UUID_TEXT], class_id[UUID_TEXT];

	uuid_text(vendor, world_vendor);
	uuid_text(class_id, world_class);
	if (agent) {
		(void)printf(
		    "Give to the agent:\n"
		    "  %s/policy.suit         its first policy (policy.json in "
		    "words)\n"
		    "  vendor %s, class %s\n"
		    "Take from it, into a folder for --keys:\n"
		    "  teep.pub.pem evidence.pub.pem report.pub.pem\n",
		    dir, vendor, class_id);
		return;
	}
	(void)printf(
	    "Give to the TAM:\n"
	    "  %s/{esp,ed}-{a,b,c}-teep.pub.pem  six devices, by TEEP key\n"
	    "  %s/maker.pub.pem       who vouches for vendor " WORLD_VENDOR
	    ", and\n"
	    "  %s/conform.corim       what it says (corim.json in words)\n"
	    "  %s/author.pub.pem      whose manifests are relayed, and\n"
	    "  %s/app.suit            one, " WORLD_APP
	    ", wanted on every device\n"
	    "Take from it, into a folder for --keys:\n"
	    "  teep-esp256.pem teep-ed25519.pem encryption-p256.pem, and if it "
	    "attests itself\n  result-esp256.pem\n",
	    dir, dir, dir, dir, dir);
}
