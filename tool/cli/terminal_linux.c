/* terminal_linux.c - see terminal.h; termios(3), tty_ioctl(4). The questions built on these two
 * ways to read a line are in terminal.c.
 */
#include "tool/cli/terminal_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vault/base/file.h"

struct terminal {
	int fd;
	int cancel_fd;
};

struct terminal *terminal_open(int cancel_fd)
{
	AUTO_FD fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct terminal *terminal;

	if (fd < 0 || tcgetpgrp(fd) != getpgrp())
		return NULL;
	terminal = calloc(1, sizeof *terminal);
	if (terminal == NULL)
		return NULL;
	*terminal = (struct terminal){.fd = fd, .cancel_fd = cancel_fd};
	fd = -1;
	return terminal;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal == NULL)
		return;
	own_close_fd(&terminal->fd);
	free(terminal);
}

void terminal_say(struct terminal *terminal, const char *format, ...)
{
	AUTO_TEXT text = NULL;
	va_list list;
	int size;

	va_start(list, format);
	size = vasprintf(&text, format, list);
	va_end(list);
	if (size < 0) {
		text = NULL;
		return;
	}
	(void)file_write_all(terminal->fd, text, (size_t)size);
}

static enum err wait_for_input(const struct terminal *terminal)
{
	struct pollfd events[] = {{.fd = terminal->fd, .events = POLLIN},
				  {.fd = terminal->cancel_fd, .events = POLLIN}};

	while (poll(events, COUNT_OF(events), -1) < 0)
		if (errno != EINTR)
			return err_note(ERR_INTERNAL, "poll: %s", strerror(errno));
	return events[1].revents != 0 ? ERR_CANCELLED : ERR_OK;
}

/* The kernel edits the line and hands it over whole (canonical mode): one read is one line,
 * unless it is longer than the buffer, and 0 is the end of input. */
enum err terminal_read_line(struct terminal *terminal, void *buffer, size_t buffer_size,
			    size_t *out_size)
{
	ssize_t size;

	TRY(wait_for_input(terminal));
	size = read(terminal->fd, buffer, buffer_size);
	if (size <= 0)
		return ERR_CANCELLED;
	if ((size_t)size == buffer_size) {
		(void)tcflush(terminal->fd, TCIFLUSH);
		return ERR_PIN_TEXT;
	}
	*out_size = (size_t)size;
	if (((const char *)buffer)[size - 1] == '\n')
		*out_size -= 1;
	return ERR_OK;
}

/* Ctrl-Z waits until the echo is back: a shell would keep the terminal silent. */
static void hold_suspend(int how)
{
	sigset_t suspend;

	(void)sigemptyset(&suspend);
	(void)sigaddset(&suspend, SIGTSTP);
	(void)pthread_sigmask(how, &suspend, NULL);
}

enum err terminal_read_hidden_line(struct terminal *terminal, const char *prompt, void *buffer,
				   size_t buffer_size, size_t *out_size)
{
	struct termios before;
	struct termios hidden;
	enum err err;

	if (tcgetattr(terminal->fd, &before) != 0)
		return err_note(ERR_INTERNAL, "tcgetattr: %s", strerror(errno));
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ICANON | ISIG | ECHONL;
	hold_suspend(SIG_BLOCK);
	err = tcsetattr(terminal->fd, TCSAFLUSH, &hidden) == 0
		      ? ERR_OK
		      : err_note(ERR_INTERNAL, "tcsetattr: %s", strerror(errno));
	if (err == ERR_OK) {
		terminal_say(terminal, "%s", prompt);
		err = terminal_read_line(terminal, buffer, buffer_size, out_size);
	}
	(void)tcsetattr(terminal->fd, TCSANOW, &before);
	hold_suspend(SIG_UNBLOCK);
	return err;
}
