/* progress.h - a bar for the person who waits for a download.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tool/cli/interrupt.h"
#include "tool/cli/terminal.h"

struct progress {
	struct terminal *terminal; /* NULL: nobody looks */
	const struct interrupt *interrupt;
	int percent; /* as last drawn, plus one; 0: nothing yet */
};

/* For download_retrieve; `context` is a struct progress. False once interrupted. */
bool progress_show(uint64_t done, uint64_t total, void *context);
/* Ends the line of the bar, if one was drawn. */
void progress_end(struct progress *progress);
