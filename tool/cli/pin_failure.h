/* pin_failure.h - what is said of a PIN that the vault did not take: how many tries are left, and
 * after the last one the way back, which depends on whether there is an original.
 */
#pragma once

#include <stdbool.h>

#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/cert/entry.h"

enum err pin_failure_locked(struct run *run, const struct entry *entry) MUST_CHECK;
/* entry->tries_left is what the vault has answered. */
enum err pin_failure_wrong(struct run *run, const struct entry *entry) MUST_CHECK;
/* After that: a person who has tries left is told, and may correct it. */
bool pin_failure_ask_again(const struct run *run, const struct entry *entry);
