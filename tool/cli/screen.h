/* screen.h - what is printed where a terminal shows it: its width, and a little emphasis.
 *
 * Colour and bold are only on a terminal, never with NO_COLOR (no-color.org), and never the only
 * sign of anything.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Columns of standard output; 0 where it is no terminal, for nothing needs to be cut there. */
size_t screen_width(void);
/* A line of its own; the text is translated and safe to show. */
void screen_heading(FILE *file, const char *text);
