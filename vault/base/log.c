/* log.c - see log.h */
#include "vault/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/base/utf8.h"

void log_line(enum log_level level, const char *format, ...)
{
	char prefix[8] = "";
	char text[1024];
	AUTO_TEXT safe = NULL;
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (isatty(STDERR_FILENO) == 0)
		(void)snprintf(prefix, sizeof prefix, "<%d>", (int)level);
	if (utf8_escape(text, &safe) == ERR_OK)
		(void)dprintf(STDERR_FILENO, "%s%s: %s\n", prefix, program_invocation_short_name,
			      safe);
}

void log_error(enum log_level level, const char *what, enum err err)
{
	const char *note = err_note_text();

	log_line(level, "%s: %s%s%s", what, err_word(err), note[0] == '\0' ? "" : ": ", note);
	err_forget();
}
