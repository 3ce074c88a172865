/* An old vault is set aside untouched, in its order, and never twice into one place. */
#include "tests/unit/daemon/given.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/daemon/aside.h"

struct fixture {
	struct place *place;
	struct owner owner;
	struct folders folders;
	char path[64];
	char moved[16][64]; /* names in the order they went */
	unsigned moved_count;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	(void)snprintf(fixture->path, sizeof fixture->path, "/tmp/kinko-aside-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->owner = owner_of_private();
	assert_int_equal(place_of_private(fixture->path, &fixture->place), ERR_OK);
	assert_int_equal(setup_folders(fixture->place, &fixture->owner, &fixture->folders), ERR_OK);
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
	folders_close(&fixture->folders);
	place_free(fixture->place);
	free(fixture);
	return 0;
}

static void note_move(const char *from, const char *to, void *context)
{
	struct fixture *fixture = context;

	assert_non_null(strstr(to, "/old-"));
	(void)snprintf(fixture->moved[fixture->moved_count++], sizeof fixture->moved[0], "%s",
		       from + strlen(fixture->path) + 1);
}

static enum err move(struct fixture *fixture)
{
	fixture->moved_count = 0;
	return aside_move(fixture->place, &fixture->folders, &fixture->owner, note_move, fixture);
}

static void put(int folder, const char *name)
{
	assert_int_equal(file_create(folder, name, 0600, name, strlen(name)), ERR_OK);
}

static void given_old_vault(struct fixture *fixture)
{
	put(fixture->folders.config, PLACE_HOST_KEY);
	put(fixture->folders.anchor, "anchor");
	put(fixture->folders.state, "vault.db");
	put(fixture->folders.state, "vault.db-wal");
	put(fixture->folders.state, "vault.key");
}

static void the_key_goes_first_then_the_anchor_then_the_state(void **state)
{
	struct fixture *fixture = *state;

	given_old_vault(fixture);
	assert_int_equal(move(fixture), ERR_OK);
	assert_int_equal(fixture->moved_count, 5);
	assert_string_equal(fixture->moved[0], "host.key");
	assert_string_equal(fixture->moved[1], "anchor/anchor");
	assert_string_equal(fixture->moved[2], "state/vault.key");
	assert_false(file_exists(fixture->folders.config, PLACE_HOST_KEY));
	assert_false(keeper_vault_exists(fixture->folders.state, fixture->folders.anchor));
}

static void the_policy_stays_where_it_is(void **state)
{
	struct fixture *fixture = *state;

	given_old_vault(fixture);
	assert_int_equal(move(fixture), ERR_OK);
	assert_true(file_exists(fixture->folders.config, PLACE_POLICY));
}

static void what_was_set_aside_before_stays_there(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 3; i++) {
		given_old_vault(fixture);
		assert_int_equal(move(fixture), ERR_OK);
		assert_int_equal(fixture->moved_count, 5);
	}
}

static void what_is_left_of_a_move_that_was_cut_off_is_moved(void **state)
{
	struct fixture *fixture = *state;

	put(fixture->folders.state, "vault.db");
	assert_int_equal(move(fixture), ERR_OK);
	assert_int_equal(fixture->moved_count, 1);
	assert_string_equal(fixture->moved[0], "state/vault.db");
	assert_int_equal(move(fixture), ERR_OK);
	assert_int_equal(fixture->moved_count, 0);
}

static void a_host_key_is_made_once_and_never_beside_a_vault(void **state)
{
	struct fixture *fixture = *state;
	AUTO(secret) key = NULL;
	bool is_made;

	put(fixture->folders.state, "vault.key");
	assert_int_equal(setup_host_key(&fixture->folders, &fixture->owner, &is_made), ERR_OK);
	assert_false(is_made);
	assert_int_equal(move(fixture), ERR_OK);
	assert_int_equal(setup_host_key(&fixture->folders, &fixture->owner, &is_made), ERR_OK);
	assert_true(is_made);
	assert_int_equal(setup_host_key(&fixture->folders, &fixture->owner, &is_made), ERR_OK);
	assert_false(is_made);
	assert_int_equal(setup_read_host_key(&fixture->folders, &fixture->owner, NULL, &key),
			 ERR_OK);
	assert_int_equal(secret_size(key), 32);
}

static void a_host_key_that_others_can_read_counts_as_damaged(void **state)
{
	struct fixture *fixture = *state;
	AUTO(secret) key = NULL;
	bool is_made;

	assert_int_equal(setup_host_key(&fixture->folders, &fixture->owner, &is_made), ERR_OK);
	assert_int_equal(fchmodat(fixture->folders.config, PLACE_HOST_KEY, 0440, 0), 0);
	assert_int_equal(setup_read_host_key(&fixture->folders, &fixture->owner, NULL, &key),
			 ERR_OK);
	assert_non_null(key);
	assert_int_equal(secret_size(key), 0);
}

static void a_vault_is_locked_for_one_daemon(void **state)
{
	struct fixture *fixture = *state;
	AUTO_HELD(folders) again = {-1, -1, -1, -1};

	assert_int_equal(setup_lock(&fixture->folders), ERR_OK);
	assert_int_equal(setup_folders(fixture->place, &fixture->owner, &again), ERR_OK);
	assert_int_equal(setup_lock(&again), ERR_ALREADY_RUNNING);
}

static int once(void **state)
{
	(void)state;
	given_process();
	return 0;
}

/* A folder that cannot be listed is no empty folder. */
static void a_folder_that_cannot_be_read_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before;
	struct rlimit none;
	enum err err;

	put(fixture->folders.state, "vault.db");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = move(fixture);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(err, ERR_VAULT_FOLDER);
	assert_non_null(strstr(err_detail_text(), "Too many open files"));
	assert_true(file_exists(fixture->folders.state, "vault.db"));
}

int main(void)
{
#define WITH_FOLDERS(test) cmocka_unit_test_setup_teardown(test, start, end)
	const struct CMUnitTest tests[] = {
		WITH_FOLDERS(the_key_goes_first_then_the_anchor_then_the_state),
		WITH_FOLDERS(the_policy_stays_where_it_is),
		WITH_FOLDERS(what_was_set_aside_before_stays_there),
		WITH_FOLDERS(what_is_left_of_a_move_that_was_cut_off_is_moved),
		WITH_FOLDERS(a_host_key_is_made_once_and_never_beside_a_vault),
		WITH_FOLDERS(a_host_key_that_others_can_read_counts_as_damaged),
		WITH_FOLDERS(a_vault_is_locked_for_one_daemon),
		WITH_FOLDERS(a_folder_that_cannot_be_read_is_told),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
