/*
 * openapi: docs/verifierd.openapi.json, as it stands there, in the program.
 */
#include "front.h"

/* The assembler reads files; the language cannot yet. */
__asm__(".section .rodata\n"
	".global openapi_begin\n"
	".global openapi_end\n"
	"openapi_begin:\n"
	".incbin \"" OPENAPI_FILE "\"\n"
	"openapi_end:\n"
	".byte 0\n"
	".previous\n");
