/*
 * dialect: the --dialect option: a name, or axes.        [docs/interop.md]
 */
#include "teep.h"

#include <stdlib.h>
#include <string.h>

void
dialect_option(const char *text, struct dialect *out)
{
	char *copy = strdup(text), *rest = NULL, *one, *value;

	if (copy == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	if (dialect_named(text, out) == OK) {
		free(copy);
		return;
	}
	for (one = strtok_r(copy, ",", &rest); one != NULL;
	     one = strtok_r(NULL, ",", &rest)) {
		value = strchr(one, '=');
		if (value != NULL)
			*value++ = 0;
		if (value == NULL || dialect_set(out, one, value) != OK)
			die_usage(PROG,
			    "--dialect: 'legacy', 'default' or AXIS=VALUE,... "
			    "is wanted, not '%s'; see teep(1)",
			    text);
	}
	free(copy);
}
