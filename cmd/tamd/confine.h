/*
 * confine: what each process of tamd gives up for good.
 */
#ifndef TAMD_CONFINE_H
#define TAMD_CONFINE_H

#include "tamd.h"

/* No file, no socket, no process; threads. */
MUST_CHECK enum err confine_keeper(const struct settings *s);

/* Files of state/ for writing, of policy/ for reading; the sockets it has
 * and those accepted from them; threads. */
MUST_CHECK enum err confine_front(const struct settings *s);

/* Connections to the network that it opens itself; files, for reading, by
 * which names become addresses and certificates are checked; threads. */
MUST_CHECK enum err confine_courier(const struct settings *s);

/* Files of policy/ for writing, of state/ and public/ for reading; no network
 * socket but the one it has. */
MUST_CHECK enum err confine_admin(const struct settings *s);

#endif
