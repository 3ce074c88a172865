#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *copy(const char *text)
{
	char *result = strdup(text);

	assert_non_null(result);
	return result;
}

void given_entry(const char *label, const char *first_digits, struct entry *out_entry)
{
	char hex[DIGEST_HEX_SIZE];

	memset(hex, '0', sizeof hex - 1);
	hex[sizeof hex - 1] = '\0';
	memcpy(hex, first_digits, strlen(first_digits));
	*out_entry = (struct entry){
		.summary = {.subject = copy("0.9.2342.19200300.100.1.1=#0C08,CN=YAMADA TARO,C=JP"),
			    .issuer = copy("OU=SECOM Passport for G-ID,C=JP"),
			    .serial = copy("0a1b"),
			    .user_id = copy("12345678"),
			    .key = copy("rsa-2048"),
			    .not_before = 1000000000,
			    .not_after = 4000000000},
		.label = copy(label),
		.number = 1,
		.tries_left = 5,
		.pin_follows_rule = true,
		.where = copy("")};
	assert_true(hex_parse(hex, out_entry->summary.id.bytes, DIGEST_SIZE));
}

struct entries *given_entries(const char *const (*labels_and_digits)[2], size_t count)
{
	struct entries *entries = calloc(1, sizeof *entries);

	assert_non_null(entries);
	for (size_t i = 0; i < count; i++) {
		AUTO_HELD(entry) entry = {0};
		given_entry(labels_and_digits[i][0], labels_and_digits[i][1], &entry);
		assert_int_equal(entries_add(entries, &entry), ERR_OK);
	}
	return entries;
}

int given_fd_with(const char *text)
{
	int ends[2];
	size_t size = strlen(text);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, size), (ssize_t)size);
	assert_int_equal(close(ends[1]), 0);
	return ends[0];
}

char *given_text_of_file(FILE *file)
{
	long size;
	char *text;

	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	return text;
}
