/* sandbox_linux.h - what this process may cost and do, settled before it reads a byte.
 */
#pragma once

#include "vault/base/confine.h"
#include "vault/base/err.h"

enum {
	SANDBOX_CPU_SECONDS = 5,
	SANDBOX_MEMORY_MIB = 256,
	SANDBOX_DESCRIPTORS = 8,
};

/* No core, no dump, no tracing, no new privileges, no file, no process made; little time and
 * memory; two pipes, one read and one written, and no other way out. Libraries that are loaded
 * later must be loaded before. */
enum err sandbox_enter(void) MUST_CHECK;

/* The system calls that are left, so that tests can prove them one by one. */
struct call_list sandbox_calls(void);
