/* label.c - see label.h */
#include "vault/keeper/label.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/utf8.h"

enum { SUFFIX_SIZE = 64, JAPAN_AHEAD_SECONDS = 9 * 60 * 60 };

/* Whether there is anything to read in it. */
static bool says_something(const char *text)
{
	return text != NULL && text[strspn(text, " \t\r\n")] != '\0' &&
	       utf8_is_valid(text, strlen(text));
}

static enum err plain_name(const struct certificate *certificate, const char *friendly_name,
			   char **out_name)
{
	AUTO_TEXT name = NULL;
	char hex[DIGEST_HEX_SIZE];
	struct digest id;

	if (says_something(friendly_name))
		name = strdup(friendly_name);
	else
		TRY(certificate_subject_short(certificate, &name));
	if (name != NULL && !says_something(name)) {
		certificate_id(certificate, &id);
		hex_of(id.bytes, DIGEST_SIZE, hex);
		hex[16] = '\0';
		free(name);
		name = strdup(hex);
	}
	if (name == NULL)
		return ERR_MEMORY;
	*out_name = TAKE(name);
	return ERR_OK;
}

/* People read dates in Japan's time: a certificate that ends in its new year's night ends there
 * in the year they see. */
static long expiry_year(const struct certificate *certificate)
{
	time_t end = (time_t)certificate_not_after(certificate) + JAPAN_AHEAD_SECONDS;
	struct tm date;

	return gmtime_r(&end, &date) == NULL ? 9999 : 1900L + date.tm_year;
}

/* Try 0: "NAME"; 1: "NAME (2031)"; n: "NAME (2031-n)"; the name gives way to the rest. */
static enum err with_suffix(const char *name, long year, uint64_t attempt, char **out_label)
{
	char suffix[SUFFIX_SIZE] = "";
	size_t size = strlen(name), room;
	char *label;

	if (attempt == 1)
		(void)snprintf(suffix, sizeof suffix, " (%ld)", year);
	else if (attempt > 1)
		(void)snprintf(suffix, sizeof suffix, " (%ld-%llu)", year,
			       (unsigned long long)attempt);
	room = ENTRY_LABEL_MAX - strlen(suffix);
	size = utf8_cut(name, size < room ? size : room);
	label = malloc(size + sizeof suffix);
	if (label == NULL)
		return ERR_MEMORY;
	(void)snprintf(label, size + sizeof suffix, "%.*s%s", (int)size, name, suffix);
	*out_label = label;
	return ERR_OK;
}

struct search {
	const struct index *index;
	uid_t uid;
	const char *name;
	long year;
};

static enum err is_free(const struct search *search, uint64_t attempt, bool *out_free)
{
	AUTO_TEXT label = NULL;

	TRY(with_suffix(search->name, search->year, attempt, &label));
	*out_free = !index_has_label(search->index, search->uid, label);
	return ERR_OK;
}

/* A free attempt whose predecessor is taken: doubling, then halving, so that the ten-thousandth
 * certificate of one name costs no more than a few looks. */
static enum err find_free(const struct search *search, uint64_t *out_attempt)
{
	uint64_t taken = 0, candidate = 1;
	bool free_there = false;

	TRY(is_free(search, 0, &free_there));
	if (free_there) {
		*out_attempt = 0;
		return ERR_OK;
	}
	for (;;) {
		TRY(is_free(search, candidate, &free_there));
		if (free_there)
			break;
		taken = candidate;
		candidate *= 2;
	}
	while (candidate - taken > 1) {
		uint64_t middle = taken + (candidate - taken) / 2;
		TRY(is_free(search, middle, &free_there));
		if (free_there)
			candidate = middle;
		else
			taken = middle;
	}
	*out_attempt = candidate;
	return ERR_OK;
}

enum err label_choose(const struct index *index, uid_t uid, const struct certificate *certificate,
		      const char *friendly_name, char **out_label)
{
	AUTO_TEXT name = NULL;
	struct search search = {index, uid, NULL, expiry_year(certificate)};
	uint64_t attempt = 0;

	TRY(plain_name(certificate, friendly_name, &name));
	search.name = name;
	TRY(find_free(&search, &attempt));
	return with_suffix(name, search.year, attempt, out_label);
}
