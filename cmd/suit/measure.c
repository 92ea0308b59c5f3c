/* measure: digest and size of a file of any size, read once. */
#include "suit.h"

#include <errno.h>
#include <stdio.h>

enum err
measure_file(const struct crypto *c, const char *path, uint8_t sum[DIGEST_LEN],
    uint64_t *size)
{
	static uint8_t room[65536];
	FILE *f = fopen(path, "rb");
	enum err e = OK;
	struct hash h;
	size_t n;

	*size = 0;
	if (f == NULL)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
	e = c->hash_begin(&h);
	if (e != OK) {
		(void)fclose(f);
		return e;
	}
	while (e == OK && (n = fread(room, 1, sizeof(room), f)) > 0) {
		e = c->hash_more(&h, (struct bytes){room, n});
		*size += n;
	}
	if (e == OK && ferror(f) != 0)
		e = ERR_SYSTEM;
	if (e == OK) {
		e = c->hash_end(&h, sum);
	} else {
		enum err given_up = c->hash_end(&h, NULL);

		(void)given_up;
	}
	(void)fclose(f);
	return e;
}
