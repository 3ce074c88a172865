/* utf8.h - text as it comes from strangers (RFC 3629), and how it may be shown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

/* No overlong forms, no surrogates, nothing above U+10FFFF. NUL counts as a character. */
bool utf8_is_valid(const char *text, size_t size);

/* The next character of valid or invalid text, and how many bytes it took (at least 1).
 * An invalid byte gives U+FFFD and takes one. `size` must be at least 1. */
uint32_t utf8_next(const char *text, size_t size, size_t *out_taken);

/* Writes 1-4 bytes, no NUL; returns how many. Surrogates and too large values become U+FFFD. */
size_t utf8_put(uint32_t character, char out_text[4]);

/* Largest n <= size such that no character of `text` is cut at n. */
size_t utf8_cut(const char *text, size_t size);

/* A copy safe for a terminal, a log or a file dialog: control characters (C0, DEL, C1), line
 * and paragraph separators, bidi and other invisible format characters, and invalid bytes
 * become visible as \xHH or \u{HHHH}. Owned by the caller. */
enum err utf8_escape(const char *text, char **out_text) MUST_CHECK;
