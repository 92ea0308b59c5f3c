/*
 * recipient: whose key is it that a payload is encrypted to?
 */
#ifndef SUIT_RECIPIENT_H
#define SUIT_RECIPIENT_H

#include <tamarind/corim.h>

/*
 * The key that a device's signed Evidence says one authority encrypts to.
 *                                       [docs/evidence.md 2, security 10]
 *   authority  its name in the device's policy; empty: there is one only
 *   endorsers  the author's anchors: who may vouch for devices
 *   corim      n signed CoRIMs, in force at now
 * One of the CoRIMs, signed by an anchor, must endorse the key that signed the
 * Evidence, for a device with these ueid, oemid and hwmodel.  Says nothing of
 * how old the Evidence is, nor of the state of the device.
 * ERR_EVIDENCE_KEY: nobody endorses it.  ERR_MISSING: no such key in it;
 * ERR_DUPLICATE: several, and no authority was named.
 * ERR_SIGNATURE, ERR_CLAIM, ERR_KEY_PURPOSE, ...
 */
MUST_CHECK enum err recipient_of_evidence(const struct crypto *c,
    const struct keyring *endorsers, const struct bytes *corim, size_t n,
    uint64_t now, struct bytes authority, struct bytes evidence,
    struct cose_key *out, struct why *why);

#endif
