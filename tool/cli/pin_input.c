/* pin_input.c - see pin_input.h */
#include "tool/cli/pin_input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/cli/sentence.h"
#include "vault/base/pin_text.h"

enum { LINE_SIZE = PIN_TEXT_MAX + 2, NO_FD = -1 };

struct pin_input {
	int fd; /* NO_FD: the terminal */
	struct terminal *terminal;
};

static enum err parse_fd(const char *text, int *out_fd)
{
	char *end = NULL;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > INT_MAX ||
	    fcntl((int)number, F_GETFL) < 0)
		return err_detail(ERR_USAGE, "--pin-fd %s", text);
	*out_fd = (int)number;
	return ERR_OK;
}

enum err pin_input_open(const char *fd_text, struct terminal *terminal,
			struct pin_input **out_input)
{
	struct pin_input *input;
	int fd = NO_FD;

	if (fd_text != NULL)
		TRY(parse_fd(fd_text, &fd));
	input = calloc(1, sizeof *input);
	if (input == NULL)
		return ERR_MEMORY;
	*input = (struct pin_input){.fd = fd, .terminal = fd == NO_FD ? terminal : NULL};
	*out_input = input;
	return ERR_OK;
}

void pin_input_close(struct pin_input *input)
{
	free(input);
}

bool pin_input_is_terminal(const struct pin_input *input)
{
	return input->terminal != NULL;
}

void pin_input_say(const struct pin_input *input, const char *text)
{
	if (input->terminal != NULL)
		terminal_say(input->terminal, "%s\n", text);
}

static ssize_t read_byte(int fd, uint8_t *byte)
{
	ssize_t got;

	do
		got = read(fd, byte, 1);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Byte by byte, so that the next line stays for the next PIN or for another program. */
static enum err read_fd_line(int fd, struct secret *line, size_t *out_size)
{
	uint8_t *bytes = secret_bytes(line);
	size_t size = 0;
	ssize_t got = 0;

	while (size < LINE_SIZE && (got = read_byte(fd, bytes + size)) == 1 && bytes[size] != '\n')
		size++;
	if (got < 0 || (got == 0 && size == 0))
		return ERR_PIN_NEEDED;
	if (size == LINE_SIZE)
		return ERR_PIN_TEXT;
	if (size > 0 && bytes[size - 1] == '\r')
		size--;
	*out_size = size;
	return ERR_OK;
}

static enum err read_from_fd(int fd, struct secret **out_pin)
{
	AUTO(secret) line = NULL;
	AUTO(secret) pin = NULL;
	size_t size = 0;

	TRY(secret_new(LINE_SIZE, &line));
	TRY(read_fd_line(fd, line, &size));
	TRY(secret_new(size, &pin));
	memcpy(secret_bytes(pin), secret_view(line), size);
	if (!pin_text_is_proper(pin))
		return ERR_PIN_TEXT;
	*out_pin = TAKE(pin);
	return ERR_OK;
}

static enum err read_from_terminal(struct terminal *terminal, const char *prompt,
				   struct secret **out_pin)
{
	for (;;) {
		AUTO(secret) pin = NULL;
		AUTO_TEXT sentence = NULL;
		enum err err = terminal_ask_secret(terminal, prompt, &pin);

		if (err == ERR_OK && pin_text_is_proper(pin)) {
			*out_pin = TAKE(pin);
			return ERR_OK;
		}
		if (err != ERR_OK && err != ERR_PIN_TEXT)
			return err;
		TRY(sentence_of(ERR_PIN_TEXT, NULL, &sentence));
		terminal_say(terminal, "%s\n", sentence);
	}
}

enum err pin_input_read(struct pin_input *input, const char *prompt, struct secret **out_pin)
{
	if (input->fd != NO_FD)
		return read_from_fd(input->fd, out_pin);
	if (input->terminal != NULL)
		return read_from_terminal(input->terminal, prompt, out_pin);
	return ERR_PIN_NEEDED;
}
