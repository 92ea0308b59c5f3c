/* rows: a process gives up what it has no row for. */
#include "rows.h"

#include <cmdline.h>

enum err
confine_by(const struct sandbox_rules *r)
{
	struct why why = {0};
	enum err e = sandbox_confine(r, &why);

	if (e != OK)
		log_event(LEVEL_ERROR, "sandbox", LOG_ERR("reason", e),
		    LOG_S("filter", r->filter->name),
		    LOG_S("what", why.what != NULL ? why.what : ""),
		    LOG_N("errno", why.found_n));
	return e;
}
