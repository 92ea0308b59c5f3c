/*
 * service: what the processes of a service have in common.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <tamarind/base.h>

/* A descriptor that becomes readable when this process is to end (SIGTERM);
 * -1 if the system refuses.  SIGTERM is blocked when it is called. */
int stop_fd(void);
/* From any thread: this process cannot do its work any more and is to end, so
 * that all are started anew.  stop_fd() becomes readable; only the thread that
 * made it may wait there. */
void stop_broken(void);
bool stop_is_broken(void);
/* Until stop, from stop_fd(), is readable.  OK: this process was told to end;
 * ERR_SYSTEM: it is broken. */
MUST_CHECK enum err stop_wait(int stop);

/* A listening TCP socket on "ADDR:PORT"; *uri_host is what a peer would write
 * for it.  Says on stderr what is wrong.  -1 on failure. */
int listen_tcp(
    const char *prog, const char *address, char uri_host[160], unsigned *port);

/* Close every descriptor but the standard ones and these n, which it sorts. */
void keep_only(int *fd, size_t n);

/* Ask a process to end; after ms it does not have the choice.  Did it end by
 * itself, with status 0?  pid 0 or less: there is none. */
bool stop_process(pid_t pid, unsigned ms);

#endif
