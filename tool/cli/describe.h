/* describe.h - a certificate in a few words for people: translated and safe to show. All texts
 * are owned by the caller.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/cert/entry.h"

/* "YAMADA TARO" (until 2031-01-31) */
enum err describe_entry(const struct entry *entry, char **out_text) MUST_CHECK;
/* ready, locked, expired, not yet valid */
const char *describe_state(const struct entry *entry);
/* "2026-11-24 (KINKO-USB)", or that none is known. */
enum err describe_original(const struct entry *entry, char **out_text) MUST_CHECK;
/* The same as short as a list needs it. */
enum err describe_original_briefly(const struct entry *entry, char **out_text) MUST_CHECK;
/* A few lines on standard output: label, expiry, state, original. */
enum err describe_print(const struct entry *entry) MUST_CHECK;
