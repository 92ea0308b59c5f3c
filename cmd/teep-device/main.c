/*
 * teep-device: start, in the order of what stands on what.
 */
#include "device.h"

#include <string.h>

static struct device device;

/* ---- what a device is ---------------------------------------------------- */

static enum err
open_keys(struct device *d, const struct crypto *c)
{
	const struct provision *p = &d->is;

	TRY(mbed_signer_from(p->teep.p, &d->teep));
	TRY(mbed_signer_from(p->report.p, &d->report));
	TRY(mbed_signer_from(p->evidence.p, &d->evidence));
	TRY(mbed_scalar_public(p->teep.p, &d->ports.teep_key[0]));
	TRY(mbed_scalar_public(p->report.p, &d->ports.report_key));
	TRY(mbed_scalar_public(p->evidence.p, &d->attester.key));
	TRY(c->random(SPAN_OF(d->bootseed)));
	d->ports.teep[0] = &d->teep;
	d->ports.n_teep = 1;
	d->ports.report = &d->report;
	return OK;
}

/* One image is launcher and agent: both names have its digest. */
static enum err
make_attester(struct device *d, const struct crypto *c)
{
	const struct provision *p = &d->is;
	struct bytes image = board_image();
	struct eat_attester *a = &d->attester;

	TRY(c->sha256(&image, 1, d->image));
	a->crypto = c;
	a->signer = &d->evidence;
	a->ueid = p->ueid;
	a->oemid = p->oemid;
	a->hwmodel = p->hwmodel;
	a->hwversion = p->hwversion;
	a->bootseed = BYTES_OF(d->bootseed);
	a->launcher = BYTES_OF(d->image);
	a->agent = BYTES_OF(d->image);
	a->manifest_uri = p->manifest_uri;
	a->manifest = p->manifest;
	a->counter = BYTES_LIT("none");
	return OK;
}

static enum err
open_store(struct device *d, const struct crypto *c)
{
	TRY(region_store_open(&d->region, c, board_flash(), d->is.seal.p));
	region_store_port(&d->region, &d->store);
	return OK;
}

/* ---- start ----------------------------------------------------------------
 */

/* The engine, with its first policy if it never had one. */
static enum err
start_agent(struct device *d, struct why *why)
{
	enum err e;

	if (agent_size() > sizeof(d->agent_room))
		return why_set(why, ERR_ROOM, "agent");
	d->agent = (struct agent *)(void *)d->agent_room;
	e = agent_init(
	    d->agent, &d->ports, SPAN_OF(d->work), SPAN_OF(d->outbox));
	if (e == ERR_NOT_FOUND) {
		TRY(agent_seal_policy(
		    &d->ports, SPAN_OF(d->work), d->is.policy, why));
		log_event(NULL, "policy-sealed", NULL, BYTES_NONE);
		e = agent_init(
		    d->agent, &d->ports, SPAN_OF(d->work), SPAN_OF(d->outbox));
	}
	return e == OK ? OK : why_set(why, e, "agent");
}

static enum err
start(struct device *d, struct why *why)
{
	const struct crypto *c;
	enum err e = crypto_begin();

	if (e != OK)
		return why_set(why, e, "generator");
	c = crypto_mbedtls();
	TRY(provision_read(board_provision(), &d->is, why));
	e = open_keys(d, c);
	if (e != OK)
		return why_set(why, e, "keys");
	e = make_attester(d, c);
	if (e == OK)
		e = open_store(d, c);
	if (e != OK)
		return why_set(why, e, "store");
	launcher_port(d);
	d->ports.crypto = c;
	d->ports.store = &d->store;
	d->ports.launcher = &d->launcher;
	d->ports.vendor_ids = d->is.vendors;
	d->ports.class_ids = d->is.classes;
	/* nothing is started here, so no such report is kept */
	agent_reports_init(&d->reports);
	d->ports.reports = &d->reports;
	d->ports.log = log_event;
	return start_agent(d, why);
}

int
main(void)
{
	struct why why = {0};

	if (start(&device, &why) != OK) {
		log_event(NULL, "start-failed", &why, why.subject);
		return 1;
	}
	log_event(NULL, "image", NULL, BYTES_OF(device.image));
	log_event(NULL, "teep-key", NULL, BYTES_OF(device.teep.kid));
	log_number("agent-octets", (uint32_t)agent_size());
	log_number("memory-octets", (uint32_t)sizeof(device));
	log_event(NULL, "started", NULL, BYTES_NONE);
	serve(&device);
}
