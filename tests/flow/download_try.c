/* download_try.c - one use of the download layer, for test_download.py: with short patience, so
 * that slow servers can be tested.
 *
 *   download_try URL CA-FILE [--proxy URL] [--total-ms N] [--tries N] [--cancel-after BYTES]
 *                [--saved TICKET SHA256]
 *
 * Reads "ID,PIN" from standard input; prints "name value" lines, the first being the word of the
 * error ("ok"). CA-FILE "-" is the system's.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tool/download/download.h"
#include "tool/download/limits.h"
#include "vault/base/text.h"

enum { LINE_SIZE = 1024 };

struct
try {
	struct download_limits limits;
	struct download_server server;
	const char *ticket; /* of --saved */
	const char *sha256;
	uint64_t cancel_after;
};

static bool parse(char **words, struct try *try)
{
	for (; *words != NULL; words += 2) {
		if (words[1] == NULL)
			return false;
		if (strcmp(words[0], "--proxy") == 0)
			try->server.proxy = words[1];
		else if (strcmp(words[0], "--total-ms") == 0)
			try->limits.total_ms = strtol(words[1], NULL, 10);
		else if (strcmp(words[0], "--tries") == 0)
			try->limits.tries = (unsigned)strtoul(words[1], NULL, 10);
		else if (strcmp(words[0], "--cancel-after") == 0)
			try->cancel_after = strtoull(words[1], NULL, 10);
		else if (strcmp(words[0], "--saved") == 0 && words[2] != NULL) {
			try->ticket = words[1];
			try->sha256 = words[2];
			words++;
		} else
			return false;
	}
	return true;
}

static bool on_progress(uint64_t done, uint64_t total, void *context)
{
	const struct try *try = context;

	(void)total;
	return try->cancel_after == 0 || done < try->cancel_after;
}

static enum err read_letter(char *line, char **out_id, struct secret **out_pin)
{
	char *comma;

	if (fgets(line, LINE_SIZE, stdin) == NULL)
		return ERR_USAGE;
	line[strcspn(line, "\n")] = '\0';
	comma = strchr(line, ',');
	if (comma == NULL)
		return ERR_USAGE;
	*comma = '\0';
	*out_id = line;
	return secret_take(comma + 1, strlen(comma + 1), out_pin);
}

static enum err retrieve(struct try *try)
{
	AUTO(download) download = NULL;
	AUTO(secret) pin = NULL;
	char line[LINE_SIZE];
	char hex[DIGEST_HEX_SIZE];
	char *id = NULL;

	TRY(read_letter(line, &id, &pin));
	TRY(download_retrieve_within(&try->limits, &try->server, id, pin, on_progress, try,
				     &download));
	hex_of(download->digest.bytes, DIGEST_SIZE, hex);
	printf("ok\nsha256 %s\nticket %s\nsize %zu\n", hex, download->ticket,
	       secret_size(download->original));
	return ERR_OK;
}

static enum err saved(const struct try *try)
{
	struct digest digest;
	int64_t delete_at = 0;

	if (!hex_parse(try->sha256, digest.bytes, DIGEST_SIZE))
		return ERR_USAGE;
	TRY(download_saved_within(&try->limits, &try->server, try->ticket, &digest, &delete_at));
	printf("ok\ndelete_at %lld\n", (long long)delete_at);
	return ERR_OK;
}

static enum err run(struct try *try)
{
	TRY(secret_init());
	TRY(download_init());
	return try->ticket == NULL ? retrieve(try) : saved(try);
}

int main(int count, char **words)
{
	struct try try = {
		.limits = {.connect_ms = 2000,
			   .total_ms = 4000,
			   .slow_bytes_per_second = 100,
			   .slow_seconds = 1,
			   .tries = 3,
			   .first_wait_ms = 50,
			   .wait_max_ms = 1500},
	};
	struct rusage usage;
	enum err err;

	text_init();
	if (count < 3 || !parse(words + 3, &try)) {
		(void)fputs("see the head of download_try.c\n", stderr);
		return 2;
	}
	try.server.url = words[1];
	try.server.ca_file = strcmp(words[2], "-") == 0 ? NULL : words[2];
	err = run(&try);
	if (err != ERR_OK)
		printf("%s\ndetail %s\nnote %s\n", err_word(err), err_detail_text(),
		       err_note_text());
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("peak_kib %ld\n", usage.ru_maxrss);
	return err == ERR_OK ? 0 : 1;
}
