/* target.h - the folder that an original is downloaded to: a stick, or, where the policy says so,
 * any folder.
 */
#pragma once

#include <stdbool.h>

#include "tool/cli/run.h"
#include "usbimport/device.h"
#include "usbimport/original.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct target {
	char *folder;
	char *stick;          /* the stick's name; "" when it is no stick */
	struct stick *device; /* of `get`: the stick that must still be there; NULL: a folder */
};
void target_free(struct target *target);
OWN_DEFINE(target, target_free)

/* `stick` is what --stick said: a stick's name or device or a folder; NULL: the only stick there
 * is, or the one a person chooses; a person is waited for. A folder that is on no stick is
 * ERR_STICK_NOT_A_STICK unless the usage type is normal-folder. It can be written to. */
enum err target_for_get(struct run *run, const char *stick, struct target **out_target) MUST_CHECK;
/* Any folder, after the policy has allowed it. It can be written to. */
enum err target_of_folder(const char *folder, struct target **out_target) MUST_CHECK;
