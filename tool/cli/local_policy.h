/* local_policy.h - the policy of this computer, for what needs no vault: files in folders.
 *
 * The vault asks its own copy for everything else; a front end that lied to itself here would
 * gain nothing but a file that its user could have copied anyway.
 */
#pragma once

#include "policy/policy.h"
#include "vault/base/err.h"

/* ERR_POLICY_DENIED with the rule that decided. */
enum err local_policy_allows(enum action action) MUST_CHECK;
enum err local_policy_usage(enum policy_usage *out_usage) MUST_CHECK;
