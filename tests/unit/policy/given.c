/* given.c - see given.h */
#include "given.h"

#include <stdio.h>

struct policy *given_policy(const char *text)
{
	struct policy *policy = NULL;
	struct parse_problem problem = {0, ""};
	enum err err = policy_parse(text, strlen(text), &policy, &problem);

	if (err != ERR_OK)
		fail_msg("line %u: %s", problem.line, problem.reason);
	assert_non_null(policy);
	return policy;
}

struct parse_problem given_refused_bytes(const char *text, size_t size)
{
	struct policy *policy = NULL;
	struct parse_problem problem = {0, ""};
	char expected[PARSE_REASON_SIZE + 32];

	err_forget();
	assert_int_equal(policy_parse(text, size, &policy, &problem), ERR_CONFIG);
	assert_null(policy);
	assert_string_not_equal(problem.reason, "");
	if (problem.line == 0)
		(void)snprintf(expected, sizeof expected, "%s", problem.reason);
	else
		(void)snprintf(expected, sizeof expected, "line %u: %s", problem.line,
			       problem.reason);
	assert_string_equal(err_detail_text(), expected);
	return problem;
}

struct parse_problem given_refused(const char *text)
{
	return given_refused_bytes(text, strlen(text));
}

struct question given_question(enum action action, uid_t uid)
{
	return (struct question){
		.action = action,
		.uid = uid,
		.owner = uid,
		.has_certificate = true,
		.rsa_bits = 2048,
	};
}

void assert_refused(const char *text, unsigned line, const char *part_of_reason)
{
	struct parse_problem problem = given_refused(text);

	if (strstr(problem.reason, part_of_reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", problem.reason, part_of_reason);
	assert_int_equal(problem.line, line);
}

void assert_verdict(struct verdict verdict, bool is_allowed, const char *rule, unsigned line)
{
	assert_string_equal(verdict.rule, rule);
	assert_int_equal(verdict.line, line);
	assert_int_equal(verdict.is_allowed, is_allowed);
}
