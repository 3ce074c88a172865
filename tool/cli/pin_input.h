/* pin_input.h - where PINs come from: the terminal, or for scripts a descriptor with one PIN a
 * line. Never from arguments or the environment, which other programs can see.
 */
#pragma once

#include <stdbool.h>

#include "tool/cli/terminal.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

struct pin_input;

/* `fd_text` is what --pin-fd said, or NULL; ERR_USAGE when it names no readable descriptor.
 * `terminal` may be NULL; it is borrowed. */
enum err pin_input_open(const char *fd_text, struct terminal *terminal,
			struct pin_input **out_input) MUST_CHECK;
void pin_input_close(struct pin_input *input);
OWN_DEFINE(pin_input, pin_input_close)

/* Whether somebody can be asked again. */
bool pin_input_is_terminal(const struct pin_input *input);
/* Something to tell the person; nothing when there is none. */
void pin_input_say(const struct pin_input *input, const char *text);

/* The next PIN. ERR_PIN_NEEDED when there is neither terminal nor a further line; ERR_PIN_TEXT
 * when a script's line cannot be a PIN: a person is told so and asked again. */
enum err pin_input_read(struct pin_input *input, const char *prompt,
			struct secret **out_pin) MUST_CHECK;
