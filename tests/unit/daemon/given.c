/* given.c - see given.h */
#include "tests/unit/daemon/given.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct given_service *given_service(void)
{
	const struct starter_settings settings = {.program = "/bin/cat"};
	static char user_name[] = "kinko";
	struct given_service *given = calloc(1, sizeof *given);

	assert_non_null(given);
	given->where = given_place();
	given->place = (struct place){.is_private = true,
				      .run = given->where->path,
				      .socket = given->where->path,
				      .state = given->where->path,
				      .anchor = given->where->path,
				      .config = given->where->path};
	assert_int_equal(service_init(&given->service), ERR_OK);
	given->service.place = &given->place;
	given->service.user_name = user_name;
	given->service.opener_path = settings.program;
	assert_int_equal(starter_new(&settings, &given->service.starter), ERR_OK);
	given->service.keeper = given_keeper(given->where);
	assert_int_equal(rulebook_open(given->where->path, &given->service.rulebook), ERR_OK);
	assert_int_equal(audit_new(given->service.keeper, &given->service.audit), ERR_OK);
	return given;
}

void given_service_gone(struct given_service *given)
{
	char path[128];

	audit_free(given->service.audit);
	rulebook_free(given->service.rulebook);
	starter_free(given->service.starter);
	keeper_free(given->service.keeper);
	service_clear(&given->service);
	(void)snprintf(path, sizeof path, "%s/policy.conf", given->where->path);
	(void)unlink(path);
	given_place_gone(given->where);
	free(given);
}

void given_policy(struct given_service *given, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/policy.conf", given->where->path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rulebook_reload(given->service.rulebook), ERR_OK);
}

struct session *given_session(struct given_service *given, uid_t uid)
{
	const struct session_quotas quotas = {.logins = given->service.logins,
					      .imports = given->service.imports};
	struct peer peer = {.uid = uid};
	struct session *session = NULL;

	assert_int_equal(session_new(&peer, &quotas, &session), ERR_OK);
	return session;
}

struct session *given_greeted(struct given_service *given, uid_t uid)
{
	struct session *session = given_session(given, uid);

	session_greet(session);
	return session;
}

pid_t given_process_that_waits(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

void given_process_gone(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}
