/* What root makes of the system vault's places, and what others may then do there. */
#include "tests/unit/daemon/given.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/daemon/setup.h"

enum { SOMEBODY = 12345 };

struct fixture {
	char path[64];
	struct place *place;
	mode_t umask_before;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	(void)snprintf(fixture->path, sizeof fixture->path, "/tmp/kinko-setup-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	assert_int_equal(place_of_system(&fixture->place), ERR_OK);
	char **places[] = {&fixture->place->run, &fixture->place->state, &fixture->place->anchor,
			   &fixture->place->config};
	static const char *const names[] = {"run", "state", "anchor", "config"};
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		free(*places[i]);
		assert_true(asprintf(places[i], "%s/%s", fixture->path, names[i]) > 0);
	}
	fixture->umask_before = umask(077); /* the daemon's own */
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", fixture->path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)umask(fixture->umask_before);
	place_free(fixture->place);
	free(fixture);
	return 0;
}

static void assert_folder(int folder, uid_t uid, mode_t mode)
{
	struct stat status;

	assert_int_equal(fstat(folder, &status), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_equal(status.st_mode & 07777, mode);
}

/* The clients read policy.conf and kinko.conf, and the daemon does so after its drop. */
static void everybody_may_read_the_configuration_that_root_makes(void **state)
{
	struct fixture *fixture = *state;
	const struct owner owner = {.uid = SOMEBODY, .gid = SOMEBODY, .must_drop = true};
	AUTO_HELD(folders) folders = {-1, -1, -1, -1};

	if (geteuid() != 0) {
		print_message("not run here: only root makes the system vault's folders\n");
		skip();
	}
	assert_int_equal(setup_folders(fixture->place, &owner, &folders), ERR_OK);
	assert_folder(folders.config, 0, 0755);
	assert_folder(folders.run, SOMEBODY, 0755);
	assert_folder(folders.state, SOMEBODY, 0700);
	assert_folder(folders.anchor, SOMEBODY, 0700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			everybody_may_read_the_configuration_that_root_makes, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
