/* moment.h - a moment for programs (RFC 3339, UTC) and a day for people (Japan).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/err.h"

/* "2031-01-31T14:59:59Z" */
enum err moment_rfc3339(int64_t at, char **out_text) MUST_CHECK;
/* The same back, or a day or a minute in Japan: "2031-01-31", "2031-01-31 23:59". False: neither.
 */
bool moment_parse(const char *text, int64_t *out_at);
/* The day in Japan: "2031年1月31日", "2031-01-31". */
enum err moment_day(int64_t at, char **out_text) MUST_CHECK;
/* Day and time in Japan, without seconds: "2031年1月31日 23:59", "2031-01-31 23:59 JST". */
/* The same as short as a list needs it: 2026-11-24 09:30, in Japan. */
enum err moment_minute_briefly(int64_t at, char **out_text) MUST_CHECK;
enum err moment_minute(int64_t at, char **out_text) MUST_CHECK;
