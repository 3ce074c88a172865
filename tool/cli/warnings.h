/* warnings.h - what there is to say besides a success.
 */
#pragma once

#include <stdint.h>

#include "tool/cli/run.h"

/* One line on standard error for each bit of enum warning. */
void warnings_tell(const struct run *run, uint32_t warnings);
