/* moment.c - see moment.h. Japan has had one time zone without summer time since 1952. */
#include "tool/cli/moment.h"

#include <time.h>

#include "tool/cli/compose.h"
#include "vault/base/text.h"

enum { JAPAN_SECONDS = 9 * 60 * 60 };

/* Years that struct tm cannot hold are no moment of a certificate: RFC 5280 ends with 9999. */
static enum err broken_down(int64_t at, struct tm *out_time)
{
	time_t seconds = (time_t)at;

	return gmtime_r(&seconds, out_time) == NULL
		       ? err_note(ERR_INTERNAL, "a moment that no calendar has")
		       : ERR_OK;
}

enum err moment_rfc3339(int64_t at, char **out_text)
{
	struct tm time;

	TRY(broken_down(at, &time));
	return compose(out_text, "%04d-%02d-%02dT%02d:%02d:%02dZ", time.tm_year + 1900,
		       time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
}

/* Exactly this form, from its first to its last character; the 31st of June is none. */
static bool parse_form(const char *text, const char *form, int64_t *out_at)
{
	struct tm time = {0};
	const char *end = strptime(text, form, &time);
	int day = time.tm_mday;
	time_t at;

	if (end == NULL || *end != '\0')
		return false;
	at = timegm(&time);
	*out_at = (int64_t)at;
	return at > 0 && time.tm_mday == day;
}

bool moment_parse(const char *text, int64_t *out_at)
{
	int64_t at = 0;

	if (parse_form(text, "%Y-%m-%dT%H:%M:%SZ", out_at))
		return true;
	if (!parse_form(text, "%Y-%m-%d", &at) && !parse_form(text, "%Y-%m-%d %H:%M", &at))
		return false;
	*out_at = at - JAPAN_SECONDS;
	return true;
}

enum err moment_day(int64_t at, char **out_text)
{
	struct tm time;

	TRY(broken_down(at + JAPAN_SECONDS, &time));
	return compose(out_text, text_is_japanese() ? "%d年%d月%d日" : "%04d-%02d-%02d",
		       time.tm_year + 1900, time.tm_mon + 1, time.tm_mday);
}

enum err moment_minute_briefly(int64_t at, char **out_text)
{
	struct tm time;

	TRY(broken_down(at + JAPAN_SECONDS, &time));
	return compose(out_text, "%04d-%02d-%02d %02d:%02d", time.tm_year + 1900, time.tm_mon + 1,
		       time.tm_mday, time.tm_hour, time.tm_min);
}

enum err moment_minute(int64_t at, char **out_text)
{
	struct tm time;

	TRY(broken_down(at + JAPAN_SECONDS, &time));
	return compose(
		out_text,
		text_is_japanese() ? "%d年%d月%d日 %02d:%02d" : "%04d-%02d-%02d %02d:%02d JST",
		time.tm_year + 1900, time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min);
}
