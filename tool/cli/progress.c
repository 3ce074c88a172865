/* progress.c - see progress.h */
#include "tool/cli/progress.h"

#include <string.h>

enum { BAR_SIZE = 40, PERCENT_ALL = 100 };

static void draw(struct terminal *terminal, int percent)
{
	char bar[BAR_SIZE + 1];
	size_t filled = (size_t)percent * BAR_SIZE / PERCENT_ALL;

	memset(bar, '#', filled);
	memset(bar + filled, '.', BAR_SIZE - filled);
	bar[BAR_SIZE] = '\0';
	terminal_say(terminal, "\r[%s] %3d%%", bar, percent);
}

bool progress_show(uint64_t done, uint64_t total, void *context)
{
	struct progress *progress = context;

	if (interrupt_happened(progress->interrupt))
		return false;
	if (progress->terminal != NULL && total > 0) {
		int percent = (int)((done < total ? done : total) * PERCENT_ALL / total);
		if (percent + 1 != progress->percent)
			draw(progress->terminal, percent);
		progress->percent = percent + 1;
	}
	return true;
}

void progress_end(struct progress *progress)
{
	if (progress->percent != 0)
		terminal_say(progress->terminal, "\n");
	progress->percent = 0;
}
