/* compose.h - builds a text that the caller owns.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/base/own.h"

/* asprintf(3), with our error. */
enum err compose(char **out_text, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
