/* sentence.h - a failure as people read it: what happened on one line, what to do on the next.
 */
#pragma once

#include "vault/base/err.h"

/* Translated, safe to show, without the last line's end. Owned by the caller. */
enum err sentence_of(enum err err, const char *detail, char **out_sentence) MUST_CHECK;
