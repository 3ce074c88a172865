/* screen_linux.c - see screen.h */
#include "tool/cli/screen.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t screen_width(void)
{
	struct winsize window = {0};

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

static bool has_emphasis(FILE *file)
{
	const char *no_color = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return isatty(fileno(file)) != 0 && (no_color == NULL || no_color[0] == '\0') &&
	       kind != NULL && strcmp(kind, "dumb") != 0;
}

void screen_heading(FILE *file, const char *text)
{
	(void)fprintf(file, has_emphasis(file) ? "\033[1m%s\033[0m\n" : "%s\n", text);
}
