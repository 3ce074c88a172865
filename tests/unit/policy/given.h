/* given.h - what the tests of the policy start from. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"

/* The text must be right. */
struct policy *given_policy(const char *text);
/* The text must be refused: ERR_CONFIG, nothing made, and the detail names the same line. */
struct parse_problem given_refused_bytes(const char *text, size_t size);
struct parse_problem given_refused(const char *text);

/* A question about one's own certificate, with nothing unusual about it. */
struct question given_question(enum action action, uid_t uid);

void assert_refused(const char *text, unsigned line, const char *part_of_reason);
void assert_verdict(struct verdict verdict, bool is_allowed, const char *rule, unsigned line);
