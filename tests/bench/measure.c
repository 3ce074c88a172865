/* measure.c - the clock, the median and the printed row. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void bench_must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	(void)fprintf(stderr, "bench: %s: %s (%s) %s\n", what, err_word(err), err_detail_text(),
		      err_note_text());
	exit(1);
}

double bench_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, by_value);
	return values[count / 2];
}

void bench_print(const struct row_text *text, double ours, double beside, const char *unit,
		 double aim)
{
	char aim_text[32] = "";

	if (aim > 0)
		(void)snprintf(aim_text, sizeof aim_text, "aim <= %.1f", aim);
	(void)printf("%-46s %10.3f %-3s %10.3f %-3s  ratio %6.2f  %s\n", text->name, ours, unit,
		     beside, unit, ours / beside, aim_text);
	(void)printf("    %s / %s\n", text->ours, text->beside);
	(void)fflush(stdout);
}
