/*
 * launcher: a launcher whose evidence key is number 7 and whose applications
 * are none.
 */
#ifndef FUZZ_LAUNCHER_H
#define FUZZ_LAUNCHER_H

#include "fuzz.h"

#include <agentd.h>

/* With all that its table of limits allows. */
struct launcher *launcher_start(void);

#endif
