/* pin_failure.h - what is said of a PIN that the vault did not take: how many tries are left, and
 * after the last one the way back, which depends on whether there is an original.
 */
#pragma once

#include <stdint.h>

#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/cert/entry.h"

enum err pin_failure_locked(struct run *run, const struct entry *entry) MUST_CHECK;
enum err pin_failure_wrong(struct run *run, const struct entry *entry,
			   uint8_t tries_left) MUST_CHECK;
