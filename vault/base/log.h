/* log.h - what a program tells its operator: one line on standard error, which systemd's journal
 * or a terminal shows. Only edges log. Never a secret, never a name out of a certificate.
 */
#pragma once

#include "vault/base/err.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6 }; /* sd-daemon(3) */

/* Writes "<level>program: text\n" in one write; control characters are escaped. Under a terminal
 * the "<level>" is left out. */
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);
/* The word of the error and its note, if any, and forgets the note. */
void log_error(enum log_level level, const char *what, enum err err);
