/* listener.c - what a user's own malware can be: loaded into a program by LD_PRELOAD, LD_AUDIT or a
 * configuration that names it, it notes that it was loaded, and writes down whatever the program
 * sends, receives, reads and writes, and all its memory after each answer.
 *
 * The file is always /run/attack-log: who is loaded into a daemon finds no environment.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define LOG "/run/attack-log"

#define EXPORTED __attribute__((visibility("default")))

enum { DUMPS_MAX = 24, MAPPING_MAX = 64 << 20 };

/* The auditing interface of rtld-audit(7), as far as it is used. */
EXPORTED unsigned la_version(unsigned version);

/* Under LD_AUDIT the program's own functions stay in force: being loaded is what is shown. */
unsigned la_version(unsigned version)
{
	return version;
}

static void note(const void *bytes, size_t size)
{
	int file = (int)syscall(SYS_openat, AT_FDCWD, LOG, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (file < 0)
		return;
	(void)syscall(SYS_write, file, bytes, size);
	(void)syscall(SYS_close, file);
}

__attribute__((constructor)) static void loaded(void)
{
	char program[256] = "";
	char line[300];
	ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);

	if (size > 0)
		program[size] = '\0';
	(void)snprintf(line, sizeof line, "\nLOADED %s\n", program);
	note(line, strlen(line));
}

static bool is_writable(const char *line, unsigned long *from, unsigned long *to)
{
	char rights[5];

	return sscanf(line, "%lx-%lx %4s", from, to, rights) == 3 && rights[0] == 'r' &&
	       rights[1] == 'w' && *to - *from <= MAPPING_MAX;
}

/* The kernel copies it, so a page that may not be read ends the copy and not the program. */
static void dump_memory(void)
{
	static unsigned count;
	char line[512];
	FILE *maps;

	if (count++ >= DUMPS_MAX)
		return;
	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return;
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		if (is_writable(line, &from, &to))
			note((const void *)from, to - from); // NOLINT(performance-no-int-to-ptr)
	}
	(void)fclose(maps);
}

EXPORTED ssize_t send(int socket, const void *bytes, size_t size, int flags)
{
	note(bytes, size);
	return syscall(SYS_sendto, socket, bytes, size, flags, NULL, 0);
}

EXPORTED ssize_t recvmsg(int socket, struct msghdr *message, int flags)
{
	ssize_t size = syscall(SYS_recvmsg, socket, message, flags);

	if (size > 0) {
		note(message->msg_iov[0].iov_base, (size_t)size);
		dump_memory();
	}
	return size;
}

EXPORTED ssize_t read(int file, void *bytes, size_t size)
{
	ssize_t got = syscall(SYS_read, file, bytes, size);

	if (got > 0)
		note(bytes, (size_t)got);
	return got;
}

EXPORTED ssize_t write(int file, const void *bytes, size_t size)
{
	note(bytes, size);
	return syscall(SYS_write, file, bytes, size);
}
