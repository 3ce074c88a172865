/* given.c - see given.h */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reply *given_reply(long status, const char *const *headers, const char *body)
{
	struct reply *reply = NULL;
	char line[1024];

	assert_int_equal(reply_new(&reply), ERR_OK);
	reply->status = status;
	assert_int_equal(reply_take_header(reply, "HTTP/1.1 200 OK\r\n", 17), ERR_OK);
	for (; *headers != NULL; headers++) {
		(void)snprintf(line, sizeof line, "%s\r\n", *headers);
		assert_int_equal(reply_take_header(reply, line, strlen(line)), ERR_OK);
	}
	assert_int_equal(reply_take_body(reply, body, strlen(body)), ERR_OK);
	return reply;
}

struct reply *given_problem(long status, const char *code)
{
	static const char *const headers[] = {"Content-Type: application/problem+json", NULL};
	char body[256];

	(void)snprintf(body, sizeof body, "{\"title\":\"T\",\"status\":%ld,\"code\":\"%s\"}",
		       status, code);
	return given_reply(status, headers, body);
}
