/* changes.h - what was added to a PDF after one of its signatures (ISO 32000-1, 12.8.2.2.2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

/* Compares the file with what it was when it ended at `end`: everything that was reachable then
 * must be as it was, except for what one more signature needs. What this cannot see is whether a
 * new signature's own appearance covers something: it is shown as a seal like any other. */
enum err changes_are_signatures(const uint8_t *file, size_t size, size_t end,
				bool *out_are) MUST_CHECK;
