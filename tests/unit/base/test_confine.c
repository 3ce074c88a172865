/* A process keeps the calls and files that it names, and nothing gives it another. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/base/given.h"
#include "tests/unit/base/given_confined.h"
#include "vault/base/own.h"

static const struct call_rule few[] = {
	CALL_MAY("exit_group"),
	CALL_MAY("getpid"),
	CALL_FAILS("getppid", ENOSYS),
	CALL_MAY_WHEN("mmap", 2, PROT_EXEC, 0),
	CALL_FAILS_WHEN("mmap", EACCES, 2, PROT_EXEC, PROT_EXEC),
	CALL_MAY_WHEN("socket", 0, UINT64_MAX, AF_UNIX),
	CALL_FAILS_UNLESS("socket", EAFNOSUPPORT, 0, AF_UNIX),
};
static const struct call_list few_list = {few, COUNT_OF(few)};

static long call_getpid(void)
{
	return getpid();
}

static long call_getppid(void)
{
	return syscall(SYS_getppid);
}

static long call_getuid(void)
{
	return (long)getuid();
}

static long map(int protection)
{
	return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
											      : 0;
}

static long call_map_data(void)
{
	return map(PROT_READ | PROT_WRITE);
}

static long call_map_code(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static long call_socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long call_socket_internet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static void a_call_passes_fails_or_ends_the_process_as_its_rule_says(void **state)
{
	static const struct confined_case cases[] = {
		{"getpid", call_getpid, 0},
		{"getppid", call_getppid, ENOSYS},
		{"getuid", call_getuid, CONFINED_KILLED},
		{"mmap of data", call_map_data, 0},
		{"mmap of code", call_map_code, EACCES},
		{"socket AF_UNIX", call_socket_unix, 0},
		{"socket AF_INET", call_socket_internet, EAFNOSUPPORT},
	};

	(void)state;
	assert_int_equal(given_confined_cases(&few_list, 1, cases, COUNT_OF(cases)), 0);
}

static void every_call_that_no_rule_names_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(given_every_number(&few_list, 1, NULL, 0), 0);
}

static void a_call_that_does_not_exist_confines_nothing(void **state)
{
	static const struct call_rule wrong[] = {CALL_MAY("exit_group"), CALL_MAY("no_such_call")};
	const struct call_list list = {wrong, COUNT_OF(wrong)};

	(void)state;
	assert_int_equal(confine_calls(&list, 1, VIOLATION_KILLS), ERR_INTERNAL);
	assert_string_not_equal(err_note_text(), "");
	err_forget();
	assert_true(getppid() > 0);
}

/* --- Files --- */

/* In a fresh process, in a folder of its own with the file "here"; exits with how many things
 * went otherwise than they should. */
typedef unsigned confined_files(int folder);

static void in_a_folder(confined_files *body)
{
	int folder;
	int status;
	pid_t pid;

	if (confine_files_version() == 0) {
		print_message("skipped: this kernel has no Landlock\n");
		skip();
	}
	folder = given_folder();
	given_file(folder, "here", "");
	pid = fork();
	if (pid == 0)
		_exit((int)body(folder));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	given_folder_gone(folder);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* 1 when it did not end as it should. */
static unsigned opens(int folder, const char *name, int flags, int error)
{
	AUTO_FD file = openat(folder, name, flags | O_CLOEXEC, 0600);

	return (file < 0 ? errno : 0) != error;
}

static unsigned confine_to(const struct file_rule *rules, size_t count, bool may_signal)
{
	unsigned version = 0;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return confine_files(rules, count, may_signal, &version) != ERR_OK ||
	       version != confine_files_version();
}

static unsigned nothing_at_all(int folder)
{
	unsigned wrong = confine_to(NULL, 0, false);

	wrong += opens(AT_FDCWD, "/etc/passwd", O_RDONLY, EACCES);
	wrong += opens(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, EACCES);
	wrong += opens(AT_FDCWD, "/dev/null", O_WRONLY, EACCES);
	wrong += opens(folder, "here", O_RDONLY, EACCES);
	wrong += opens(folder, "new", O_CREAT | O_WRONLY, EACCES);
	wrong += unlinkat(folder, "here", 0) == 0;
	wrong += mkdirat(folder, "new", 0700) == 0;
	wrong += symlinkat("here", folder, "new") == 0;
	wrong += linkat(folder, "here", folder, "new", 0) == 0;
	wrong += renameat(folder, "here", folder, "new") == 0;
	wrong += mkfifoat(folder, "new", 0600) == 0;
	wrong += execv("/bin/true", (char *[]){NULL}) == 0;
	return wrong;
}

static void without_a_rule_no_file_is_left(void **state)
{
	(void)state;
	in_a_folder(nothing_at_all);
}

static unsigned reading_only(int folder)
{
	const struct file_rule rules[] = {{folder, FILES_READ | FILES_LIST}, {-1, FILES_CHANGE}};
	unsigned wrong = confine_to(rules, COUNT_OF(rules), false);

	wrong += opens(folder, "here", O_RDONLY, 0);
	wrong += opens(folder, ".", O_RDONLY | O_DIRECTORY, 0);
	wrong += opens(folder, "here", O_WRONLY, EACCES);
	wrong += opens(folder, "new", O_CREAT | O_WRONLY, EACCES);
	wrong += unlinkat(folder, "here", 0) == 0;
	wrong += opens(folder, "..", O_RDONLY | O_DIRECTORY, EACCES);
	return wrong;
}

static void what_may_be_read_cannot_be_changed(void **state)
{
	(void)state;
	in_a_folder(reading_only);
}

static unsigned changing(int folder)
{
	const struct file_rule rules[] = {{folder, FILES_READ | FILES_CHANGE}};
	unsigned wrong = confine_to(rules, COUNT_OF(rules), false);

	wrong += opens(folder, "here", O_RDWR | O_TRUNC, 0);
	wrong += opens(folder, "new", O_CREAT | O_EXCL | O_WRONLY, 0);
	wrong += renameat(folder, "new", folder, "here") != 0;
	wrong += mkdirat(folder, "new", 0700) == 0;
	wrong += mkfifoat(folder, "new", 0600) == 0;
	wrong += unlinkat(folder, "here", 0) != 0;
	wrong += opens(AT_FDCWD, "/etc/passwd", O_RDONLY, EACCES);
	return wrong;
}

static void a_folder_that_may_be_changed_takes_regular_files_only(void **state)
{
	(void)state;
	in_a_folder(changing);
}

static unsigned outside(int folder)
{
	const struct sockaddr_in local = {.sin_family = AF_INET,
					  .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct sockaddr_un hidden = {.sun_family = AF_UNIX, .sun_path = "\0kinko-hidden"};
	unsigned wrong;
	AUTO_FD heard = socket(AF_UNIX, SOCK_STREAM, 0);
	AUTO_FD speaking = socket(AF_UNIX, SOCK_STREAM, 0);
	AUTO_FD network = socket(AF_INET, SOCK_STREAM, 0);

	(void)folder;
	wrong = bind(heard, (const struct sockaddr *)&hidden, sizeof hidden) != 0 ||
		listen(heard, 1) != 0;
	wrong += confine_to(NULL, 0, false);
	if (confine_files_version() >= 4)
		wrong += bind(network, (const struct sockaddr *)&local, sizeof local) == 0;
	if (confine_files_version() >= 6)
		wrong += kill(getppid(), 0) == 0;
	wrong += kill(getpid(), 0) != 0;
	/* Its own abstract socket belongs to who was not confined yet. */
	if (confine_files_version() >= 6)
		wrong += connect(speaking, (const struct sockaddr *)&hidden, sizeof hidden) == 0;
	return wrong;
}

static void networks_and_processes_outside_are_gone_too(void **state)
{
	(void)state;
	in_a_folder(outside);
}

static void *wait_for_ever(void *context)
{
	(void)context;
	for (;;)
		(void)pause();
	return NULL;
}

static unsigned beside_another_thread(int folder)
{
	pthread_t thread;
	unsigned version;

	if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
		return 1;
	return (confine_files(NULL, 0, false, &version) != ERR_INTERNAL) +
	       opens(folder, "here", O_RDONLY, 0);
}

static void a_thread_that_would_go_free_is_noticed(void **state)
{
	(void)state;
	in_a_folder(beside_another_thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_passes_fails_or_ends_the_process_as_its_rule_says),
		cmocka_unit_test(every_call_that_no_rule_names_ends_the_process),
		cmocka_unit_test(a_call_that_does_not_exist_confines_nothing),
		cmocka_unit_test(without_a_rule_no_file_is_left),
		cmocka_unit_test(what_may_be_read_cannot_be_changed),
		cmocka_unit_test(a_folder_that_may_be_changed_takes_regular_files_only),
		cmocka_unit_test(a_thread_that_would_go_free_is_noticed),
		cmocka_unit_test(networks_and_processes_outside_are_gone_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
