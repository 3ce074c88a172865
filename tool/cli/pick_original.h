/* pick_original.h - which original is meant: a file, one in a folder, or one on the sticks.
 */
#pragma once

#include "tool/cli/run.h"
#include "usbimport/original.h"
#include "vault/base/err.h"

/* `path` is a file or folder, or NULL for the sticks: one original is that one; of several the
 * person at the terminal chooses, else ERR_ORIGINAL_NEEDED with the list; none is
 * ERR_ORIGINAL_NONE. A terminal waits for a stick. What is returned has been read once, and these
 * bytes are the ones to use. */
enum err pick_original(struct run *run, const char *path,
		       struct original **out_original) MUST_CHECK;
