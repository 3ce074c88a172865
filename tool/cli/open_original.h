/* open_original.h - has an original opened by kinko-opener, with a PIN that the person may
 * correct: a wrong PIN of a file costs nothing, for whoever has the file could guess anyway.
 */
#pragma once

#include "tool/cli/run.h"
#include "usbimport/original.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/job.h"

/* Tells the person what a PIN is about to be asked for: `purpose`, a whole sentence, and which
 * file (and, when the vault knows it, whose certificate). */
enum err open_original_say(struct run *run, const struct original *original,
			   const char *purpose) MUST_CHECK;

/* Asks for the PIN (`prompt`) and opens; a person may correct a wrong PIN twice. */
enum err open_original_asking(struct run *run, enum opener_mode mode,
			      const struct original *original, const char *purpose,
			      const char *prompt, struct secret **out_pin,
			      struct opened **out_opened) MUST_CHECK;

/* One opening with a PIN that is known. */
enum err open_original_with(enum opener_mode mode, const struct secret *bytes,
			    const struct secret *pin, struct opened **out_opened) MUST_CHECK;
/* The same contents under a new PIN. */
enum err open_original_rebuild(const struct secret *bytes, const struct secret *old_pin,
			       const struct secret *new_pin, struct opened **out_opened) MUST_CHECK;

/* Whether to ask for the PIN once more after this failure; says so to the person. */
bool open_original_ask_again(struct run *run, enum err err, unsigned attempt);
