/* pin_ask.h - asks for a PIN, so that the person knows whose, of what and for what; and keeps from
 * the vault what cannot be right, because every wrong PIN there costs a try.
 */
#pragma once

#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/cert/entry.h"

/* The message id of what there is to say to a lock when no original is known. */
extern const char pin_ask_no_original_id[];

/* The vault's PIN of this certificate. `prompt`: "Old PIN: ". When the PIN in the vault follows
 * the rule, capitals, full-width letters and a wrong length are pointed out and not sent; a
 * script gets ERR_PIN_WRONG for them, and no try is used either. Before the last try it says what
 * comes after it. */
enum err pin_ask_of_entry(struct run *run, const struct entry *entry, const char *prompt,
			  struct secret **out_pin) MUST_CHECK;

/* A new PIN by the rule: a person is asked twice, a script's line is taken once. ERR_PIN_RULE,
 * ERR_PIN_MISMATCH after several attempts. */
enum err pin_ask_new(struct run *run, struct secret **out_pin) MUST_CHECK;
