/*
 * power: run a program and end it, or fail it, at a chosen moment.
 *
 * The program is not changed and knows nothing: every process and thread that
 * comes of it is traced from its birth, and stops at each system call that
 * touches a file or sends or receives something, a "point".  README.md in this
 * folder says how to use it; in short:
 *
 *   power --report FILE -- PROGRAM ARGUMENTS...
 *       runs it and counts its points
 *   power --at ROLE:KIND:N --do WHAT --report FILE -- PROGRAM ARGUMENTS...
 *       runs it and does WHAT at point N of that role and kind
 *
 * ROLE   a process, by the name that it gave itself (prctl PR_SET_NAME), else
 *        of its program or memory file; the second of a name is NAME.2
 * KIND   store    what changes a file or folder, beneath --under
 *        load     what reads or opens one
 *        send     octets into a socket or pipe
 *        receive  octets out of one, or a connection; counted when there
 *                 were some
 * WHAT   kill-before  SIGKILL to the process, the call not made
 *        kill-after   the call made, its answer never seen
 *        torn         half of the octets written or sent, then SIGKILL
 *        short        half of the octets, and the program is told so
 *        ENOSPC EIO EAGAIN ECONNRESET EPIPE ENOMEM
 *                     the call not made, and this error
 *
 * What cannot be done to point N (half of an fsync, a full disk that refuses
 * an unlink) is done to the next point of the role and kind where it can.
 * A receive is counted at its end; kill-before then says that the process ran
 * no instruction after the octets were there.
 *
 * Exit status: the program's, 128 + N if a signal ended it; 125: ours.
 */
#include "power.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRONG 125

static const char usage[] =
    "usage: power [options] -- PROGRAM [ARGUMENTS]\n"
    "\n"
    "      --at ROLE:KIND:N  the point; without it: count only\n"
    "      --do WHAT         kill-before kill-after torn short, or an error:\n"
    "                        ENOSPC EIO EAGAIN ECONNRESET EPIPE ENOMEM\n"
    "      --stay            the error meets everything that follows, too\n"
    "      --whole           kill every process of the program\n"
    "      --under DIR       files are those beneath DIR\n"
    "      --report FILE     points, what was done, totals (stderr)\n"
    "      --help            this text\n";

static const struct {
	const char *name;
	enum act act;
	int error;
} acts[] = {
    {"kill-before", ACT_KILL_BEFORE, 0},
    {"kill-after", ACT_KILL_AFTER, 0},
    {"torn", ACT_TORN, 0},
    {"short", ACT_SHORT, 0},
    {"ENOSPC", ACT_ERROR, ENOSPC},
    {"EIO", ACT_ERROR, EIO},
    {"EAGAIN", ACT_ERROR, EAGAIN},
    {"ECONNRESET", ACT_ERROR, ECONNRESET},
    {"EPIPE", ACT_ERROR, EPIPE},
    {"ENOMEM", ACT_ERROR, ENOMEM},
};

static void
wrong(const char *what, const char *value)
{
	fprintf(stderr, "power: %s: %s\n%s", what, value, usage);
	exit(WRONG);
}

/* ROLE:KIND:N */
static void
point_read(char *text, struct options *o)
{
	char *kind = strchr(text, ':'), *n, *end;

	n = kind == NULL ? NULL : strchr(kind + 1, ':');
	if (n == NULL)
		wrong("--at wants ROLE:KIND:N", text);
	*kind++ = 0;
	*n++ = 0;
	o->role = text;
	for (enum kind k = KIND_STORE; k < KINDS; k++)
		if (strcmp(kind, kind_name[k]) == 0)
			o->kind = k;
	if (o->kind == KIND_NONE)
		wrong("not a kind", kind);
	errno = 0;
	o->at = strtoull(n, &end, 10);
	if (errno != 0 || *end != 0 || *n == '-' || o->at == 0)
		wrong("not a number from 1", n);
}

static void
act_read(const char *text, struct options *o)
{
	for (size_t i = 0; i < COUNT(acts); i++) {
		if (strcmp(text, acts[i].name) != 0)
			continue;
		o->act = acts[i].act;
		o->error = acts[i].error;
		o->error_name = acts[i].name;
	}
	if (o->act == ACT_COUNT)
		wrong("cannot be done", text);
}

static FILE *
report_open(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL) {
		fprintf(stderr, "power: %s: %s\n", path, strerror(errno));
		exit(WRONG);
	}
	/* who reads it sees each line at once */
	(void)setvbuf(f, NULL, _IOLBF, 4096);
	return f;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"at", required_argument, NULL, 'a'},
	    {"do", required_argument, NULL, 'd'},
	    {"stay", no_argument, NULL, 's'},
	    {"whole", no_argument, NULL, 'w'},
	    {"under", required_argument, NULL, 'u'},
	    {"report", required_argument, NULL, 'r'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {.report = stderr};
	int opt;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (opt) {
		case 'a':
			point_read(optarg, &o);
			break;
		case 'd':
			act_read(optarg, &o);
			break;
		case 's':
			o.stay = true;
			break;
		case 'w':
			o.whole = true;
			break;
		case 'u':
			o.under = optarg;
			break;
		case 'r':
			o.report = report_open(optarg);
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return 0;
		default:
			return WRONG;
		}
	}
	if (optind == argc)
		wrong("missing", "PROGRAM");
	if ((o.role == NULL) != (o.act == ACT_COUNT))
		wrong("belong together", "--at and --do");
	if (geteuid() != 0) {
		/* only root may look at processes that hide from others */
		fprintf(stderr, "power: needs root\n");
		return WRONG;
	}
	o.argv = argv + optind;
	return trace_run(&o);
}
