/* verify_words.h - a signature in words for people.
 */
#pragma once

#include "tool/sign/verify.h"
#include "vault/base/err.h"

/* The lines about one signature on standard output; `number` 1, 2, ... `is_pdf`: what has come
 * since can be told. */
enum err verify_words_print(const struct signature_report *report, size_t number,
			    bool is_pdf) MUST_CHECK;
