/* keys.h - the keys of policy.conf: their defaults, and what each may say.
 */
#pragma once

#include <stdbool.h>

#include "policy/parse.h"
#include "policy/rules.h"

/* What one reading of a policy works on. */
struct work {
	struct policy *policy;
	enum err failed; /* a fault of this computer, not of the file */
};

/* KEY_COUNT: there is no such key. */
enum key key_find(const char *section, const char *name);
bool key_section_exists(const char *section);
/* The value a key has when no line says another. */
const char *key_default(enum key key, const char **out_section, const char **out_name);

/* Puts the setting's value into the policy; NULL, or why it may not be: see parse_setting_fn.
 * Also looks at work->failed. */
const char *key_take(struct work *work, enum key key, const struct parse_setting *setting);
const char *key_take_usage(const char *value, enum policy_usage *out_usage);
