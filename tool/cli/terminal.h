/* terminal.h - the person at the terminal: questions, lists to choose from, and PINs.
 *
 * It is always the controlling terminal (/dev/tty) and never a redirected stream, so that a PIN
 * cannot come out of a file by accident. What is typed as a PIN goes straight into secret
 * memory; the terminal is left as it was, also when the work is interrupted.
 *
 * All texts given here are already translated and safe to show. Every question may end in
 * ERR_CANCELLED: interrupted, or the end of input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

struct terminal;

/* NULL when there is nobody to ask: no terminal, or the program runs in the background, where
 * reading from it would stop the program. `cancel_fd` becomes readable on an interrupt. */
struct terminal *terminal_open(int cancel_fd);
void terminal_close(struct terminal *terminal);
OWN_DEFINE(terminal, terminal_close)

/* Writes as it is; nothing is added. */
void terminal_say(struct terminal *terminal, const char *format, ...) PRINTF_LIKE(2, 3);

/* Without echo. ERR_PIN_TEXT when the line is longer than any PIN. */
enum err terminal_ask_secret(struct terminal *terminal, const char *prompt,
			     struct secret **out_secret) MUST_CHECK;
/* Without the line's end and without blanks around it. Owned by the caller. */
enum err terminal_ask_line(struct terminal *terminal, const char *prompt,
			   char **out_line) MUST_CHECK;
/* Full-width letters and digits become the ASCII they stand for, in place: the input method may
 * be on. */
void terminal_make_half_width(char *text);
/* Only a clear yes is yes: y, yes, はい; also in full width. */
enum err terminal_ask_yes(struct terminal *terminal, const char *question,
			  bool *out_yes) MUST_CHECK;
/* Asks until the answer is a clear yes or a clear no. */
enum err terminal_ask_yes_or_no(struct terminal *terminal, const char *question,
				bool *out_yes) MUST_CHECK;
/* One of a numbered list. An empty answer is ERR_CANCELLED. */
enum err terminal_choose(struct terminal *terminal, const char *title, char *const *items,
			 size_t count, size_t *out_index) MUST_CHECK;
