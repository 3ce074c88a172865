/* ping.c - the round trip of an empty request, beside a bare SEQPACKET ping-pong between two
 * processes that do nothing else.
 */
#include "tests/bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/client/client.h"

enum { ROUNDS = 41, TRIPS = 500, PACKET = 24 };

static _Noreturn void echo(int fd)
{
	char packet[PACKET];
	ssize_t size;

	while ((size = recv(fd, packet, sizeof packet, 0)) > 0)
		(void)send(fd, packet, (size_t)size, 0);
	_exit(0);
}

static double bare_trip(int fd)
{
	char packet[PACKET] = {0};
	double start = bench_seconds();

	for (int i = 0; i < TRIPS; i++)
		if (send(fd, packet, sizeof packet, 0) < 0 ||
		    recv(fd, packet, sizeof packet, 0) < 0)
			bench_must(ERR_INTERNAL, "ping-pong");
	return (bench_seconds() - start) / TRIPS * 1e6;
}

static double vault_trip(struct client *client)
{
	double start = bench_seconds();

	for (int i = 0; i < TRIPS; i++)
		bench_must(client_ping(client), "ping");
	return (bench_seconds() - start) / TRIPS * 1e6;
}

void bench_ping(const char *work)
{
	static const struct row_text text = {"round trip of an empty request", "Kinko",
					     "bare SEQPACKET ping-pong"};
	struct bench_daemon daemon;
	AUTO(client) client = NULL;
	int pair[2];
	AUTO_TEXT socket_path = NULL;
	double ours[ROUNDS];
	double bare[ROUNDS];

	bench_daemon_start(work, &daemon);
	if (asprintf(&socket_path, "%s/vault.sock", work) < 0 ||
	    setenv("KINKO_SOCKET", socket_path, 1) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		bench_must(ERR_INTERNAL, "socket");
	pid_t other = fork();
	if (other == 0)
		echo(pair[1]);
	bench_must(client_open("kinko-bench", &client), "connect");
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = vault_trip(client);
		bare[i] = bare_trip(pair[0]);
	}
	bench_print(&text, bench_median(ours, ROUNDS), bench_median(bare, ROUNDS), "us", 1.5);
	(void)kill(other, SIGTERM);
	(void)waitpid(other, NULL, 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
	bench_daemon_stop(&daemon);
}
