/* log_csv.h - the log for a spreadsheet (RFC 4180, lines end with LF).
 */
#pragma once

#include "vault/base/audit_entry.h"
#include "vault/base/err.h"

/* Both print one line on standard output. */
void log_csv_heading(void);
enum err log_csv_entry(const struct audit_entry *entry) MUST_CHECK;
