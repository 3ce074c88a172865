/* moment.c - see moment.h */
#include "tool/download/moment.h"

#include <string.h>
#include <time.h>

/* Exactly `count` digits. */
static bool take_number(const char **at, size_t count, int least, int most, int *out_number)
{
	int number = 0;

	for (size_t i = 0; i < count; i++) {
		char digit = (*at)[i];
		if (digit < '0' || digit > '9')
			return false;
		number = number * 10 + (digit - '0');
	}
	*at += count;
	*out_number = number;
	return number >= least && number <= most;
}

static bool take_one_of(const char **at, const char *characters)
{
	if (**at == '\0' || strchr(characters, **at) == NULL)
		return false;
	(*at)++;
	return true;
}

static bool take_date(const char **at, struct tm *date)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap;

	if (!take_number(at, 4, 1970, 9999, &date->tm_year) || !take_one_of(at, "-") ||
	    !take_number(at, 2, 1, 12, &date->tm_mon) || !take_one_of(at, "-") ||
	    !take_number(at, 2, 1, 31, &date->tm_mday))
		return false;
	is_leap = (date->tm_year % 4 == 0 && date->tm_year % 100 != 0) || date->tm_year % 400 == 0;
	if (date->tm_mday > days[date->tm_mon - 1] + (date->tm_mon == 2 && is_leap ? 1 : 0))
		return false;
	date->tm_year -= 1900;
	date->tm_mon -= 1;
	return true;
}

static bool take_time(const char **at, struct tm *date)
{
	if (!take_number(at, 2, 0, 23, &date->tm_hour) || !take_one_of(at, ":") ||
	    !take_number(at, 2, 0, 59, &date->tm_min) || !take_one_of(at, ":") ||
	    !take_number(at, 2, 0, 60, &date->tm_sec)) /* 60: a leap second */
		return false;
	if (**at == '.') {
		size_t digits = strspn(*at + 1, "0123456789");
		*at += 1 + digits;
		return digits > 0;
	}
	return true;
}

static bool take_offset(const char **at, int *out_seconds)
{
	bool is_behind = **at == '-';
	int hours = 0;
	int minutes = 0;

	*out_seconds = 0;
	if (take_one_of(at, "Zz"))
		return true;
	if (!take_one_of(at, "+-") || !take_number(at, 2, 0, 23, &hours) || !take_one_of(at, ":") ||
	    !take_number(at, 2, 0, 59, &minutes))
		return false;
	*out_seconds = (hours * 60 + minutes) * 60 * (is_behind ? -1 : 1);
	return true;
}

bool download_moment_parse(const char *text, int64_t *out_seconds)
{
	struct tm date = {.tm_isdst = 0};
	int offset = 0;

	if (!take_date(&text, &date) || !take_one_of(&text, "Tt") || !take_time(&text, &date) ||
	    !take_offset(&text, &offset) || *text != '\0')
		return false;
	*out_seconds = (int64_t)timegm(&date) - offset;
	return true;
}
