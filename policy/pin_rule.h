/* pin_rule.h - the customer's rule for a new PIN: 4 to 16 characters, a-z and 0-9.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/secret.h"

enum { PIN_NEW_MIN = 4, PIN_NEW_MAX = 16 };

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
