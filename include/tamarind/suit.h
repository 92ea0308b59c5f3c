/*
 * suit: manifests: authenticate, read, run, report, author.
 *                              [SUIT manifest, trust domains, SUIT Report]
 *
 *	suit_manifest.h  envelopes and manifests: read them, who signed
 *	suit_host.h      the device, as the processor sees it: a porter's part
 *	suit_run.h       the processor, and watching it
 *	suit_report.h    what a device says of a run, and of what it can do
 *	suit_replay.h    a report held against its manifest; never in a device
 *	suit_author.h    write and sign; never in a device
 */
#ifndef TAMARIND_SUIT_H
#define TAMARIND_SUIT_H

#include <tamarind/suit_author.h>
#include <tamarind/suit_replay.h>

#endif
