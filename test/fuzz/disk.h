/*
 * disk: a directory with one file, "state".
 */
#ifndef FUZZ_DISK_H
#define FUZZ_DISK_H

#include "fuzz.h"

#include <file_store.h>

extern const struct file_ops disk_ops;
void disk_holds(struct bytes state);

#endif
