/* seal.h - what a visible signature looks like: a frame with a round seal, and beside it who
 * signed, when and why.
 *
 * The characters are drawn as outlines, taken from a font of this computer: so it looks the same
 * in every program, also in one that has no Japanese font, and nothing of a font is embedded.
 */
#pragma once

#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum { SEAL_WIDTH = 210, SEAL_HEIGHT = 64 }; /* points */

struct seal_text {
	const char *name;
	const char *reason; /* "" when none */
	int64_t at;
};

/* Drawing operators (ISO 32000-1, 8.5), inside a box of that size. ERR_SEAL_FONT names the first
 * character that no font has. */
enum err seal_draw(const struct seal_text *text, struct bytes *out_drawing) MUST_CHECK;
