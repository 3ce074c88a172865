/* given.h - what the tests of the command line begin with. */
#pragma once

#include <stdio.h>

#include "tool/cli/entries.h"
#include "vault/base/secret.h"
#include "vault/cert/entry.h"

/* An entry of YAMADA TARO; `first_digits` begins its fingerprint, zeroes follow. */
void given_entry(const char *label, const char *first_digits, struct entry *out_entry);
/* Several of them, in order; the caller frees. */
struct entries *given_entries(const char *const (*labels_and_digits)[2], size_t count);
/* A descriptor from which this text can be read, then the end. */
int given_fd_with(const char *text);
/* All that was written to this stream's file, as text; the caller frees. */
char *given_text_of_file(FILE *file);
