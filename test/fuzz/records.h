/*
 * records: both databases of a TAM, and rows put into them past the store.
 */
#ifndef FUZZ_RECORDS_H
#define FUZZ_RECORDS_H

#include "fuzz.h"

/* Begin with empty tables. */
void records_begin(void);
/* One row, an array of the table's number and its columns; false if it is
 * none.  A column that is not there is NULL, one of too many is left out. */
bool records_put(struct cbor_in *r);
/* Ask the store for everything that it can tell. */
void records_read(void);
void records_end(void);

#endif
