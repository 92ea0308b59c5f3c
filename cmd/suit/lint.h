/*
 * lint: the rules, and findings by them.
 */
#ifndef SUIT_LINT_H
#define SUIT_LINT_H

#include "walk.h"
#include <cmdline.h>

/* What a rule's breach costs. */
enum severity {
	LINT_NOTE,    /* may well be meant */
	LINT_WARNING, /* verifies, and will hurt somebody */
	LINT_ERROR,   /* a device refuses it, or it does not do its work */
};

// clang-format off
#define LINT_RULES(X) \
	/* the envelope */ \
	X(DIGEST, ERROR, "digest-mismatch", \
	    "the manifest is not what its digest says, or there is none", \
	    "take the envelope from where it was made, or create it anew") \
	X(UNSIGNED, ERROR, "unsigned", \
	    "no device takes a manifest that nobody signed", "suit sign") \
	X(OLD_ALGORITHM, NOTE, "polymorphic-algorithm", \
	    "ES256 and EdDSA do not say which curve; ESP256 and Ed25519 do", \
	    "sign with suit sign, which writes the new ones") \
	X(STRAY, ERROR, "stray-member", \
	    "no digest in the manifest covers this member of the envelope, so " \
	    "anybody may have put it there; a device refuses the envelope", \
	    "remove it, or sever it and sign again") \
	X(WRONG_MEMBER, ERROR, "severed-mismatch", \
	    "the member is not what the manifest's digest says", \
	    "put back the one that was severed") \
	X(GONE, WARNING, "severed-away", \
	    "the section is not here, so a device cannot do what it says", \
	    "give devices the envelope with the section") \
	X(SEVERABLE, NOTE, "could-be-severed", \
	    "text is never used by a device; severed, it need not be sent " \
	    "to one, nor kept there", \
	    "sever text before signing") \
	X(SEVERED_SMALL, NOTE, "severed-too-small", \
	    "the digest that stands for it takes more room than the member", \
	    "leave it in the manifest") \
	X(PAYLOAD_UNUSED, WARNING, "payload-unused", \
	    "no command takes this payload from the envelope", \
	    "remove it, or fetch it under exactly this URI") \
	X(PAYLOAD_MISSING, ERROR, "payload-missing", \
	    "a URI that begins with # means this envelope, which has no such " \
	    "payload", "attach the payload under this name") \
	X(PAYLOAD_WRONG, ERROR, "payload-mismatch", \
	    "the payload in the envelope is not what the manifest says", \
	    "attach the right payload, or correct digest and size") \
	/* the manifest */ \
	X(VERSION, ERROR, "manifest-version", \
	    "the manifest version is 1 and nothing else", "write version 1") \
	X(SEQUENCE, ERROR, "sequence-not-above", \
	    "devices refuse a sequence number that is not above the last one", \
	    "use a higher sequence number") \
	X(JUMP, WARNING, "sequence-jump", \
	    "devices refuse a jump of more than 2^32, and no number below it " \
	    "will ever be taken again", "use the next number, or the time") \
	X(NO_COMPONENTS, ERROR, "no-components", \
	    "a manifest is about components, and lists none", \
	    "list them in common") \
	X(NO_VENDOR, WARNING, "no-vendor-check", \
	    "any vendor's device would install it", \
	    "set vendor-identifier and check it in the shared sequence") \
	X(NO_CLASS, WARNING, "no-class-check", \
	    "any class of device would install it, and not all can run it", \
	    "set class-identifier and check it in the shared sequence") \
	X(BAD_UUID, WARNING, "odd-identifier", \
	    "identifiers are UUIDs of version 3, 4 or 5, or a vendor's private " \
	    "enterprise number", "use a name-based UUID") \
	X(NO_VALIDATE, WARNING, "no-validate", \
	    "before each start nothing checks that the image is still the one " \
	    "that was installed", "add a validate section with image-match") \
	X(NO_UNINSTALL, NOTE, "no-uninstall", \
	    "no section owns the component's removal, so it is up to the " \
	    "device", "add an uninstall section that unlinks each component") \
	X(UNUSED_COMPONENT, WARNING, "unused-component", \
	    "no command acts on this component", \
	    "use it, or take it off the list") \
	X(STRANGE_TEXT, WARNING, "text-without-component", \
	    "there is text for a component that is not listed", \
	    "list the component, or correct its identifier") \
	X(ODD_TEXT, WARNING, "invisible-characters", \
	    "control and format characters end lines of logs and turn text " \
	    "around; the draft allows letters, marks, numbers, punctuation, " \
	    "symbols and blanks here", "write it without them") \
	/* payloads */ \
	X(NO_DIGEST, ERROR, "missing-digest", \
	    "nothing says what this must be, so whoever serves it decides", \
	    "set image-digest with override-parameters") \
	X(NO_SIZE, WARNING, "missing-size", \
	    "a sender without an end fills the device's memory; many devices " \
	    "refuse to fetch without a size", "set image-size") \
	X(INSECURE, WARNING, "insecure-uri", \
	    "the payload, and who asks for it, can be read on the way", \
	    "use https or coaps") \
	X(NO_MATCH, WARNING, "no-match-after-fill", \
	    "what was fetched or copied is not checked in the same section", \
	    "let image-match follow") \
	X(NO_TAG, ERROR, "encryption-without-integrity", \
	    "this cipher does not notice changes, and no digest is checked", \
	    "set image-digest and check it, or use A128GCM") \
	X(NO_KID, NOTE, "recipient-without-name", \
	    "a device has to try all its keys", "name the recipient's key") \
	X(BIG_CONTENT, NOTE, "large-content", \
	    "a manifest is held in memory as a whole; write is for tens of " \
	    "octets", "carry it as a payload of the envelope") \
	X(SELF_COPY, ERROR, "copy-to-itself", \
	    "a component cannot be its own source", "correct source-component") \
	/* commands */ \
	X(MALFORMED, ERROR, "malformed", \
	    "no device takes it", "correct it; suit show --offsets shows it") \
	X(UNKNOWN, ERROR, "unknown-command", \
	    "a device refuses a command that it does not know", \
	    "take the command out") \
	X(CUSTOM, WARNING, "custom-command", \
	    "only devices made for it know it, and all others refuse the " \
	    "manifest", "use standard commands where they will do") \
	X(CUSTOM_PARAMETER, WARNING, "custom-parameter", \
	    "only devices made for it know it, and all others refuse the " \
	    "manifest", "use standard parameters where they will do") \
	X(PLACE, ERROR, "misplaced-command", \
	    "a strict device refuses this command in this section", \
	    "move it to the section whose work it is") \
	X(NO_INDEX, ERROR, "no-component-index", \
	    "with several components each section begins with " \
	    "set-component-index; a device refuses others", \
	    "begin with set-component-index") \
	X(UNREACHABLE, WARNING, "unreachable", \
	    "nothing can lead here", "take it out, or correct what is before") \
	X(ONE_WAY, WARNING, "single-alternative", \
	    "a try-each of fewer than two ways is refused by strict devices", \
	    "add the other way, or nil for doing nothing") \
	X(NOT_SET, ERROR, "parameter-not-set", \
	    "the command has not what it needs, and fails always", \
	    "set the parameter before it") \
	X(MAYBE, WARNING, "parameter-not-on-every-path", \
	    "on some way through the alternatives the parameter is not set, " \
	    "and the command fails", "set it on every way") \
	X(SET, WARNING, "set-not-override", \
	    "set-parameters gives way to what a manifest around this one has " \
	    "set, which must not choose what is verified", \
	    "use override-parameters") \
	X(SOFT, ERROR, "soft-failure-misplaced", \
	    "soft-failure has a meaning in try-each and run-sequence only; a " \
	    "device refuses it elsewhere", "put the checks into a try-each") \
	X(WILDCARD, NOTE, "wildcard", \
	    "true selects every component, dependencies too, and those that a " \
	    "later version adds", "list the indexes that are meant") \
	X(LOOSE, NOTE, "loose-order", \
	    "the device may do the commands in any order", \
	    "leave strict-order alone unless order does not matter") \
	/* dependencies */ \
	X(DEP_INDEX, WARNING, "dependency-not-listed", \
	    "the index of the dependency is beyond the list of components, " \
	    "which strict devices refuse", \
	    "list the dependency's identifier among the components") \
	X(DEP_UNCHECKED, ERROR, "dependency-unchecked", \
	    "a strict device processes a dependency only after " \
	    "dependency-integrity in the same procedure", \
	    "do dependency-integrity before process-dependency") \
	X(DEP_SECTION, ERROR, "dependency-section-ignored", \
	    "the dependency has this section and the manifest around it does " \
	    "not process it, which strict devices refuse", \
	    "process the dependency in each section that it has")
// clang-format on

enum lint_rule {
#define X(id, severity, name, why, act) RULE_##id,
	LINT_RULES(X)
#undef X
	    LINT_RULE_COUNT
};

struct finding {
	enum lint_rule rule;
	const struct model *m;
	unsigned section; /* 0: not in one */
	size_t at;
	char text[256];
};

struct lint {
	const struct crypto *crypto;
	struct finding *finding;
	size_t n, room;
	bool has_after; /* the last sequence number is known */
	uint64_t after;
};

/* Tell one finding; the same one is kept once. */
void lint_tell(struct lint *l, enum lint_rule rule, const struct model *m,
    unsigned section, const struct item *at, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* lint_envelope.c: all of it, and of the dependencies it carries. */
void lint_model(struct lint *l, const struct model *m);
/* lint_text.c: the first text in i with a character, *c, that does more than
 * stand there; NULL: none. */
const struct item *lint_text(const struct item *i, uint32_t *c);
/* lint_commands.c: the sections. */
void lint_commands(struct lint *l, const struct model *m);

#endif
