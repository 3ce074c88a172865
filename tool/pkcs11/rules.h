/* rules.h - what of policy.conf a program must be told beforehand: which certificates it sees,
 * whether each signature asks for the PIN, and which mechanisms are worth trying.
 *
 * The daemon decides whatever is written here: a file that was changed meanwhile changes what is
 * shown, never what is done.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tool/pkcs11/mechanism.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct rules;

/* Reads nothing yet, and knows nothing before the first rules_refresh. */
enum err rules_new(struct rules **out_rules) MUST_CHECK;
void rules_free(struct rules *rules);
OWN_DEFINE(rules, rules_free)

/* Reads policy.conf where it has changed since. A file that cannot be read, or is gone,
 * leaves the rules as they are, those of a new vault or the last good ones, as it does in the
 * daemon. ERR_MEMORY. */
enum err rules_refresh(struct rules *rules) MUST_CHECK;

bool rules_show_all(const struct rules *rules);
bool rules_ask_always(const struct rules *rules);
unsigned rules_pin_tries(const struct rules *rules);
/* For a key of so many bits; 0: not RSA. */
struct permission rules_permission(const struct rules *rules, unsigned rsa_bits);
