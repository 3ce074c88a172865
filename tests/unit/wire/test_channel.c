/* A channel brings packets, and the kernel's word on who sent them, and nothing else in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/wire/channel.h"

enum { PATIENCE = 5000, BUFFER = 128 * 1024 };

struct ends {
	char folder[PATH_MAX / 2];
	int listener;
	int client;
	int server;
	uint8_t *buffer;
};

static void given_folder(struct ends *ends, const char *below)
{
	char root[] = "/tmp/kinko-channel-XXXXXX";

	assert_non_null(mkdtemp(root));
	(void)snprintf(ends->folder, sizeof ends->folder, "%s%s", root, below);
	if (below[0] != '\0')
		assert_int_equal(mkdir(ends->folder, 0700), 0);
}

static void connect_in(struct ends *ends, unsigned milliseconds)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/vault.sock", ends->folder);
	assert_int_equal(channel_bind(ends->folder, "vault.sock", &ends->listener), ERR_OK);
	assert_int_equal(channel_listen(ends->listener), ERR_OK);
	assert_int_equal(channel_connect(path, PATIENCE, &ends->client), ERR_OK);
	ends->server = channel_accept(ends->listener, milliseconds);
	assert_true(ends->server >= 0);
	ends->buffer = malloc(BUFFER);
	assert_non_null(ends->buffer);
}

static struct ends given_ends_that_wait(unsigned milliseconds)
{
	struct ends ends = {.folder = ""};

	given_folder(&ends, "");
	connect_in(&ends, milliseconds);
	return ends;
}

static struct ends given_ends(void)
{
	return given_ends_that_wait(PATIENCE);
}

static void ends_gone(struct ends *ends)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/vault.sock", ends->folder);
	(void)unlink(path);
	(void)rmdir(ends->folder);
	if (strlen(ends->folder) > strlen("/tmp/kinko-channel-XXXXXX")) {
		ends->folder[strlen("/tmp/kinko-channel-XXXXXX")] = '\0';
		(void)rmdir(ends->folder);
	}
	(void)close(ends->listener);
	(void)close(ends->client);
	(void)close(ends->server);
	free(ends->buffer);
}

static enum channel_event receive(const struct ends *ends, size_t *out_size,
				  struct sender *out_sender)
{
	return channel_receive(ends->server, ends->buffer, BUFFER, out_size, out_sender);
}

static size_t count_descriptors(void)
{
	DIR *names = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(names);
	while (readdir(names) != NULL)
		count++;
	(void)closedir(names);
	return count;
}

static void a_packet_arrives_whole_with_its_sender(void **state)
{
	struct ends ends = given_ends();
	struct sender sender = {0};
	size_t size = 0;

	(void)state;
	assert_true(channel_send(ends.client, (const uint8_t *)"kinko", 5));
	assert_true(channel_send(ends.client, (const uint8_t *)"next", 4));
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_PACKET);
	assert_int_equal(size, 5);
	assert_memory_equal(ends.buffer, "kinko", 5);
	assert_int_equal(sender.pid, getpid());
	assert_int_equal(sender.uid, getuid());
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_PACKET);
	assert_int_equal(size, 4);
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_EMPTY);
	ends_gone(&ends);
}

static void a_forked_child_is_told_from_its_parent(void **state)
{
	struct ends ends = given_ends();
	struct sender sender = {0};
	size_t size = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(channel_send(ends.client, (const uint8_t *)"c", 1) ? 0 : 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_PACKET);
	assert_int_equal(sender.pid, child);
	ends_gone(&ends);
}

static void a_passed_descriptor_never_comes_in_and_ends_the_channel(void **state)
{
	struct ends ends = given_ends();
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(3 * sizeof(int))];
	} control = {0};
	const int passed[3] = {0, 1, 2};
	struct iovec part = {.iov_base = ends.buffer, .iov_len = 4};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	struct sender sender;
	size_t before = count_descriptors();
	size_t size;

	(void)state;
	*CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof passed),
						    .cmsg_level = SOL_SOCKET,
						    .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), passed, sizeof passed);
	assert_int_equal(sendmsg(ends.client, &message, 0), 4);
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_END);
	assert_int_equal(count_descriptors(), before);
	ends_gone(&ends);
}

static void a_packet_that_is_too_large_or_empty_ends_the_channel(void **state)
{
	struct ends ends = given_ends();
	struct sender sender;
	size_t size;

	(void)state;
	assert_true(channel_send(ends.client, ends.buffer, 100));
	assert_int_equal(channel_receive(ends.server, ends.buffer, 99, &size, &sender),
			 CHANNEL_END);
	assert_int_equal(send(ends.client, "", 0, 0), 0);
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_END);
	ends_gone(&ends);
}

static void the_end_says_whether_everything_had_been_read(void **state)
{
	struct ends ends = given_ends();
	struct sender sender;
	size_t size;
	uint8_t byte;

	(void)state;
	assert_true(channel_send(ends.client, (const uint8_t *)"unread", 6));
	assert_int_equal(close(ends.server), 0);
	assert_int_equal(channel_receive(ends.client, &byte, 1, &size, &sender), CHANNEL_RESET);
	ends.server = -1;
	ends_gone(&ends);

	ends = given_ends();
	assert_true(channel_send(ends.client, (const uint8_t *)"read", 4));
	assert_int_equal(receive(&ends, &size, &sender), CHANNEL_PACKET);
	assert_int_equal(close(ends.server), 0);
	assert_int_equal(channel_receive(ends.client, &byte, 1, &size, &sender), CHANNEL_END);
	ends.server = -1;
	ends_gone(&ends);
}

static void sending_never_waits_for_who_does_not_read(void **state)
{
	struct ends ends = given_ends();
	unsigned sent = 0;

	(void)state;
	assert_true(channel_has_room(ends.server));
	memset(ends.buffer, 0, BUFFER);
	while (sent < 1000000 && channel_send(ends.server, ends.buffer, 1024))
		sent++;
	assert_in_range(sent, 10, 999999);
	assert_false(channel_has_room(ends.server));
	ends_gone(&ends);
}

static void patience_ends(void **state)
{
	struct ends ends = given_ends_that_wait(10);
	struct sender sender;
	struct spin spin = {0};
	size_t size;

	(void)state;
	assert_int_equal(
		channel_receive_patiently(ends.server, &spin, ends.buffer, BUFFER, &size, &sender),
		CHANNEL_EMPTY);
	assert_int_equal(spin.misses, 1);
	ends_gone(&ends);
}

static void what_lies_there_already_is_no_sign_that_spinning_pays(void **state)
{
	struct ends ends = given_ends_that_wait(1);
	struct spin spin = {0};
	struct sender sender;
	size_t size;

	(void)state;
	for (unsigned misses = 1; misses < 10; misses++) {
		assert_int_equal(channel_receive_patiently(ends.server, &spin, ends.buffer, BUFFER,
							   &size, &sender),
				 CHANNEL_EMPTY);
		assert_int_equal(spin.misses, misses);
		assert_true(channel_send(ends.client, (const uint8_t *)"x", 1));
		assert_int_equal(receive(&ends, &size, &sender), CHANNEL_PACKET);
	}
	ends_gone(&ends);
}

static void a_path_longer_than_an_address_can_be_bound_and_connected(void **state)
{
	char below[202];
	struct ends ends = {.folder = ""};
	uid_t server = 0;

	(void)state;
	memset(below, 'd', sizeof below - 1);
	below[0] = '/';
	below[sizeof below - 1] = '\0';
	given_folder(&ends, below);
	connect_in(&ends, PATIENCE);
	assert_true(channel_peer_uid(ends.client, &server));
	assert_int_equal(server, geteuid());
	ends_gone(&ends);
}

static void nobody_there_is_unreachable(void **state)
{
	int socket;

	(void)state;
	assert_int_equal(channel_connect("/tmp/no-such-folder/vault.sock", PATIENCE, &socket),
			 ERR_VAULT_UNREACHABLE);
	assert_int_equal(channel_connect("/tmp/no-such-socket.sock", PATIENCE, &socket),
			 ERR_VAULT_UNREACHABLE);
	assert_int_equal(channel_connect("relative", PATIENCE, &socket), ERR_VAULT_UNREACHABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_arrives_whole_with_its_sender),
		cmocka_unit_test(a_forked_child_is_told_from_its_parent),
		cmocka_unit_test(a_passed_descriptor_never_comes_in_and_ends_the_channel),
		cmocka_unit_test(a_packet_that_is_too_large_or_empty_ends_the_channel),
		cmocka_unit_test(the_end_says_whether_everything_had_been_read),
		cmocka_unit_test(sending_never_waits_for_who_does_not_read),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(what_lies_there_already_is_no_sign_that_spinning_pays),
		cmocka_unit_test(a_path_longer_than_an_address_can_be_bound_and_connected),
		cmocka_unit_test(nobody_there_is_unreachable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
