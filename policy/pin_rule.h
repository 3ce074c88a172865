/* pin_rule.h - the customer's rule for a new PIN: 4 to 16 characters, a-z and 0-9.
 *
 * An original's own PIN may be anything that is text: non-empty UTF-8 of at most 255 bytes
 * without NUL.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/secret.h"

enum { PIN_NEW_MIN = 4, PIN_NEW_MAX = 16, PIN_TEXT_MAX = 255 };

enum pin_rule {
	PIN_RULE_OK,
	PIN_RULE_TOO_SHORT,
	PIN_RULE_TOO_LONG,
	PIN_RULE_CAPITALS,   /* A-Z: Caps Lock, most likely */
	PIN_RULE_FULL_WIDTH, /* ａ-ｚ, ０-９, kana ...: the input method is on */
	PIN_RULE_OTHER       /* any other character */
};

/* Wrong characters are reported before a wrong length. */
enum pin_rule pin_rule_check(const struct secret *pin);
/* What to tell people; an English message id. "" for PIN_RULE_OK. */
const char *pin_rule_message_id(enum pin_rule rule);

/* Whether this can be a PIN at all; anything else is refused uncounted (ERR_PIN_TEXT). */
bool pin_text_is_proper(const struct secret *pin);
