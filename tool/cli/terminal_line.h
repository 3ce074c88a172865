/* terminal_line.h - the two ways of reading a line from a terminal: everything of it that is the
 * platform's. terminal.c asks its questions with them.
 */
#pragma once

#include "tool/cli/terminal.h"

/* Without the line's end. ERR_PIN_TEXT when it does not fit: the rest is thrown away. */
enum err terminal_read_line(struct terminal *terminal, void *buffer, size_t buffer_size,
			    size_t *out_size) MUST_CHECK;
/* The same without showing what is typed. The prompt comes only once nothing is shown any more:
 * who types at once, or pastes, must not see the PIN either. */
enum err terminal_read_hidden_line(struct terminal *terminal, const char *prompt, void *buffer,
				   size_t buffer_size, size_t *out_size) MUST_CHECK;
