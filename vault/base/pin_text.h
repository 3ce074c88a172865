/* pin_text.h - what can be a PIN at all: non-empty UTF-8 of at most 255 bytes without NUL.
 *
 * Anything else is refused before it could cost a try (ERR_PIN_TEXT). An original's own PIN may be
 * any such text; what a new PIN may be is the customer's rule (policy/pin_rule.h).
 */
#pragma once

#include <stdbool.h>

#include "vault/base/secret.h"

enum { PIN_TEXT_MAX = 255 }; /* bytes */

bool pin_text_is_proper(const struct secret *pin); /* NULL is empty */
