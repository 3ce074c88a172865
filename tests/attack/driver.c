/* driver.c - see driver.h: the lines, the place, opening and closing. */
#include "tests/attack/driver.h"

#include <stdio.h>

#include "tests/unit/keeper/given_fault.h"

static void end(const char *why, const char *word)
{
	(void)fprintf(stderr, "driver: %s: %s\n", why, word);
	exit(2);
}

const char *request_word(const struct request *request, size_t at)
{
	if (at >= request->count)
		end("a word is missing after", request->words[0]);
	return request->words[at];
}

unsigned long request_number(const struct request *request, size_t at)
{
	const char *word = request_word(request, at);
	char *rest = NULL;
	unsigned long number = strtoul(word, &rest, 10);

	if (*word == '\0' || *rest != '\0')
		end("this is no number", word);
	return number;
}

struct named *driver_named(struct driver *driver, const char *name)
{
	struct named *named;

	for (size_t i = 0; i < driver->count; i++)
		if (strcmp(driver->named[i].name, name) == 0)
			return &driver->named[i];
	if (driver->count == NAMES_MAX || strlen(name) >= NAME_SIZE)
		end("no room for", name);
	named = &driver->named[driver->count++];
	(void)snprintf(named->name, sizeof named->name, "%s", name);
	named->identity = given_identity(GIVEN_ED25519, name);
	return named;
}

void driver_open(struct driver *driver, struct request *request)
{
	enum err err;

	driver_close(driver, request);
	err = keeper_open(&driver->place->settings, &driver->keeper);
	if (err == ERR_OK)
		err = keeper_refusal(driver->keeper);
	(void)snprintf(request->answer, ANSWER_SIZE, "%s", err_word(err));
}

void driver_close(struct driver *driver, struct request *request)
{
	keeper_free(TAKE(driver->keeper));
	(void)snprintf(request->answer, ANSWER_SIZE, "closed");
}

static void say_place(struct driver *driver, struct request *request)
{
	(void)snprintf(request->answer, ANSWER_SIZE, "%s", driver->place->path);
}

static void say_evaluated(struct driver *driver, struct request *request)
{
	(void)driver;
	(void)snprintf(request->answer, ANSWER_SIZE, "%u", stretched_count());
	stretched_forget();
}

static void say_binding(struct driver *driver, struct request *request)
{
	(void)snprintf(request->answer, ANSWER_SIZE, "%s",
		       driver->keeper == NULL                                ? "closed"
		       : keeper_binding(driver->keeper) == VAULT_BINDING_TPM ? "tpm"
									     : "host");
}

/* host-key SIZE BYTE | right: the settings of the next start. */
static void change_host_key(struct driver *driver, struct request *request)
{
	static const char right[] = "right";
	struct secret *odd = NULL;

	(void)snprintf(request->answer, ANSWER_SIZE, "done");
	if (driver->place->settings.host_key != driver->place->host_key)
		secret_free((struct secret *)(uintptr_t)driver->place->settings.host_key);
	driver->place->settings.host_key = driver->place->host_key;
	if (strcmp(request_word(request, 1), right) == 0)
		return;
	assert_int_equal(secret_new(request_number(request, 1), &odd), ERR_OK);
	memset(secret_bytes(odd), (int)request_number(request, 2), secret_size(odd));
	driver->place->settings.host_key = odd;
}

static const struct {
	const char *word;
	request_run *run;
} requests[] = {
	{"place", say_place},          {"open", driver_open},        {"close", driver_close},
	{"binding", say_binding},      {"evaluated", say_evaluated}, {"killed", driver_killed},
	{"failed", driver_failed},     {"probe", driver_probe},      {"flip", driver_flip},
	{"cut", driver_cut},           {"timing", driver_timing},    {"tpm", driver_tpm},
	{"host-key", change_host_key}, {"row", driver_row},
};

static void run(struct driver *driver, struct request *request)
{
	if (driver_is_act(request->words[0])) {
		driver_act(driver, request);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(requests); i++)
		if (strcmp(request->words[0], requests[i].word) == 0) {
			requests[i].run(driver, request);
			return;
		}
	end("there is no request", request->words[0]);
}

static bool split(char *line, struct request *request)
{
	char *rest = NULL;

	request->count = 0;
	for (char *word = strtok_r(line, " \n", &rest); word != NULL;
	     word = strtok_r(NULL, " \n", &rest))
		if (request->count < WORDS_MAX)
			request->words[request->count++] = word;
	return request->count > 0;
}

int main(void)
{
	struct driver driver = {0};
	char answer[ANSWER_SIZE];
	char *line = malloc(LINE_SIZE);
	struct request request = {.answer = answer};

	assert_non_null(line);
	given_process();
	(void)stretched_count();
	driver.place = given_place();
	while (fgets(line, LINE_SIZE, stdin) != NULL) {
		if (!split(line, &request))
			continue;
		run(&driver, &request);
		(void)printf("%s\n", answer);
		(void)fflush(stdout);
	}
	free(line);
	keeper_free(driver.keeper);
	tpm_free(driver.tpm);
	if (driver.given_tpm != NULL)
		given_tpm_gone(driver.given_tpm);
	given_place_gone(driver.place);
	for (size_t i = 0; i < driver.count; i++)
		given_identity_gone(driver.named[i].identity);
	return 0;
}
