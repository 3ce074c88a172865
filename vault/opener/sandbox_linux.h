/* sandbox_linux.h - what this process may cost and do, settled before it reads a byte.
 */
#pragma once

#include "vault/base/err.h"

enum {
	SANDBOX_CPU_SECONDS = 5,
	SANDBOX_MEMORY_MIB = 256,
	SANDBOX_DESCRIPTORS = 8,
};

/* No core, no dump, no tracing, no new privileges, no file written, no process made; little
 * time and memory. Libraries that are loaded later must be loaded before. */
enum err sandbox_enter(void) MUST_CHECK;
