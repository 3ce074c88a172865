/* stick_name.h - what people call a stick: a label that strangers wrote, made safe to show, to
 * compare and to type.
 */
#pragma once

#include "vault/base/err.h"

/* From udev's properties, each of which may be NULL: the file system's label and, when that is
 * empty, vendor and model, all in udev's encoding ("\x20" for a space), else `device`. Control and
 * invisible characters come out escaped. Owned by the caller. */
enum err stick_name_make(const char *label, const char *vendor, const char *model,
			 const char *device, char **out_name) MUST_CHECK;
