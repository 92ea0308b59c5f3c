/*
 * replay: hand every file of a folder to a target, whole and cut short at
 * every octet, each in memory of exactly its size; and nothing at all.
 *
 *   replay FOLDER [CUTS]
 *
 * With CUTS a file is cut short at that many places only, evenly spread: for
 * targets that are programs.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>

#define INPUT_MAX (1u << 20)

static void
give(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	HOLDS(copy != NULL);
	if (n > 0)
		memcpy(copy, p, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

int
main(int argc, char **argv)
{
	static uint8_t in[INPUT_MAX];
	DIR *d = argc == 2 || argc == 3 ? opendir(argv[1]) : NULL;
	size_t cuts = argc == 3 ? strtoul(argv[2], NULL, 10) : INPUT_MAX;
	size_t files = 0;
	struct dirent *e;

	if (d == NULL || cuts == 0) {
		(void)fprintf(stderr, "usage: replay FOLDER [CUTS]\n");
		return 2;
	}
	(void)LLVMFuzzerTestOneInput(NULL, 0);
	while ((e = readdir(d)) != NULL) {
		char path[4096];
		size_t n;
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], e->d_name);
		f = fopen(path, "rb");
		if (f == NULL) {
			perror(path);
			return 1;
		}
		n = fread(in, 1, sizeof(in), f);
		(void)fclose(f);
		for (size_t cut = n; cut > 0; cut -= n / cuts + 1) {
			give(in, cut);
			if (cut < n / cuts + 1)
				break;
		}
		files++;
	}
	(void)closedir(d);
	(void)printf("%zu inputs\n", files);
	return files == 0;
}
