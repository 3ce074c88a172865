/* moment.h - a date and time as the server writes it (RFC 3339, 5.6).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* UTC seconds; a fraction is dropped. */
bool download_moment_parse(const char *text, int64_t *out_seconds);
