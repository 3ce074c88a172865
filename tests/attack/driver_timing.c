/* driver_timing.c - whether a wrong PIN that begins right takes another time than one that does
 * not: Welch's t of two series taken in turns.
 */
#include "tests/attack/driver.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

struct series {
	double mean, sum_of_squares; /* as they come (Welford) */
	unsigned count;
};

static void add(struct series *series, double value)
{
	double before = series->mean;

	series->count++;
	series->mean += (value - before) / series->count;
	series->sum_of_squares += (value - before) * (value - series->mean);
}

static double variance_of_mean(const struct series *series)
{
	return series->sum_of_squares / (series->count - 1) / series->count;
}

static double nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* An empty one is refused before anything is stretched: what looks must see that. */
static enum err expected_of(const char *text)
{
	return strcmp(text, "empty") == 0 ? ERR_PIN_TEXT : ERR_PIN_WRONG;
}

static double time_one(struct driver *driver, const struct named *named, const char *text,
		       enum err expected)
{
	AUTO(secret) pin = given_pin(expected == ERR_PIN_TEXT ? "" : text);
	AUTO(login) login = NULL;
	uint8_t left = 0;
	double began = nanoseconds();
	enum err err = keeper_login(driver->keeper, named->owner, &named->identity->id, pin, 255,
				    &left, &login);
	double ended = nanoseconds();

	assert_string_equal(err_word(err), err_word(expected));
	return ended - began;
}

void driver_timing(struct driver *driver, struct request *request)
{
	const struct named *named = driver_named(driver, request_word(request, 1));
	unsigned long count = request_number(request, 2);
	struct series series[2] = {{0}};
	double t;

	for (unsigned long i = 0; i < count; i++) {
		unsigned first = i % 2;
		for (unsigned turn = 0; turn < 2; turn++) {
			unsigned which = turn ^ first;
			const char *text = request_word(request, 3 + which);
			add(&series[which], time_one(driver, named, text, expected_of(text)));
		}
		if (i % 100 == 99) /* the tries are refilled */
			(void)time_one(driver, named, named->pin, ERR_OK);
	}
	t = (series[0].mean - series[1].mean) /
	    sqrt(variance_of_mean(&series[0]) + variance_of_mean(&series[1]));
	(void)snprintf(request->answer, ANSWER_SIZE, "%.3f %.1f %.1f", t, series[0].mean / 1000,
		       series[1].mean / 1000);
}
