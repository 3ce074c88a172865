/* report.h - how a run ends: the failure's sentence or document, and the exit code.
 */
#pragma once

#include "tool/cli/run.h"
#include "vault/base/err.h"

/* Says what went wrong, flushes what was printed, and returns the exit code. */
int report_end(struct run *run, enum err err);
