/* log_words.h - the words of the log for people: what was done, and how it ended.
 */
#pragma once

#include "vault/base/audit_entry.h"
#include "vault/base/err.h"

/* Translated, not owned. */
const char *log_words_of_action(const struct audit_entry *entry);
/* Translated; owned by the caller, not escaped. */
enum err log_words_of_result(const struct audit_entry *entry, char **out_text) MUST_CHECK;
/* "entries 7 to 9 were changed" */
enum err log_words_of_fault(const struct audit_fault *fault, char **out_text) MUST_CHECK;
