/* wait_stick.h - the sticks of this computer, as soon as there is one to use.
 */
#pragma once

#include "tool/cli/run.h"
#include "usbimport/device.h"
#include "vault/base/err.h"

enum wait_for { WAIT_TO_READ, WAIT_TO_WRITE };

/* At least one stick is mounted and, to write, not write-protected. A person at the terminal is
 * told what is missing and waited for; without one that is the error: ERR_STICK_NONE,
 * ERR_STICK_NOT_MOUNTED, ERR_STICK_READ_ONLY. */
enum err wait_stick(struct run *run, enum wait_for what, struct sticks **out_sticks) MUST_CHECK;
/* Whether this one will do: ERR_OK, or why not. */
enum err wait_stick_check(const struct stick *stick, enum wait_for what) MUST_CHECK;
