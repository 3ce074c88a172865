/* sign_try.c - the client by itself, as a program that signs would use it: one command a line on
 * standard input, one line of answer each.
 *
 *   login ID PIN                      ok, or the word of the error
 *   sign ID SCHEME HASH INPUT         the signature in hex
 *   decrypt ID HASH INPUT             the plain bytes in hex, "-" for none
 *   many THREADS COUNT ID SCHEME HASH the digests and signatures of all threads, a line each;
 * "done" mixed THREADS COUNT ID            the same with lists between the signatures; "done" child
 * ID SCHEME HASH INPUT        what a child of fork is answered on its parent's client fork "ok"
 * once a child has closed the client, and the parent goes on logout, ping
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/client/client.h"

enum { LINE_MAX_SIZE = 200 * 1024, THREADS_MAX = 16, SIGNATURE_MAX = 1024 };

static void print_hex(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)printf("%02x", bytes[i]);
	(void)printf(size == 0 ? "-\n" : "\n");
}

static void print_error(enum err err)
{
	(void)printf("%s %s\n", err_word(err), err_detail_text());
}

static uint8_t number_of(const char *text)
{
	return (uint8_t)strtoul(text == NULL ? "0" : text, NULL, 10);
}

static struct digest id_of(const char *hex)
{
	struct digest id = {{0}};

	if (hex != NULL)
		(void)hex_parse(hex, id.bytes, sizeof id.bytes);
	return id;
}

static struct bytes input_of(const char *hex)
{
	struct bytes input = {NULL, 0};

	if (hex != NULL && bytes_zeroed(strlen(hex) / 2, &input) == ERR_OK)
		(void)hex_parse(hex, input.data, input.size);
	return input;
}

static void log_in(struct client *client, char **words)
{
	struct digest id = id_of(strtok_r(NULL, " \n", words));
	char *text = strtok_r(NULL, " \n", words);
	struct login_reply reply;
	AUTO(secret) pin = NULL;
	uint8_t tries_left = 0;
	enum err err;

	if (text == NULL || secret_take(text, strlen(text), &pin) != ERR_OK)
		exit(2);
	err = client_login(client, &id, pin, &tries_left, &reply);
	if (err == ERR_OK)
		(void)printf("ok %u %u\n", reply.idle_seconds, reply.max_seconds);
	else
		print_error(err);
}

static void sign(struct client *client, char **words)
{
	AUTO_HELD(sign_request) request = {0};
	AUTO_HELD(bytes) signature = {NULL, 0};
	enum err err;

	request.id = id_of(strtok_r(NULL, " \n", words));
	request.scheme = number_of(strtok_r(NULL, " \n", words));
	request.hash = number_of(strtok_r(NULL, " \n", words));
	request.input = input_of(strtok_r(NULL, " \n", words));
	err = client_sign(client, &request, &signature);
	if (err == ERR_OK)
		print_hex(signature.data, signature.size);
	else
		print_error(err);
}

static void decrypt(struct client *client, char **words)
{
	AUTO_HELD(decrypt_request) request = {0};
	AUTO(secret) plain = NULL;
	enum err err;

	request.id = id_of(strtok_r(NULL, " \n", words));
	request.hash = number_of(strtok_r(NULL, " \n", words));
	request.input = input_of(strtok_r(NULL, " \n", words));
	err = client_decrypt(client, &request, &plain);
	if (err == ERR_OK)
		print_hex(secret_view(plain), secret_size(plain));
	else
		print_error(err);
}

/* One of several threads on one client. */
struct signer {
	struct client *client;
	struct sign_request request;
	unsigned index;
	unsigned count;
	bool lists;
	enum err err;
	uint8_t (*digests)[SIGN_HASH_SIZE_MAX];
	struct bytes *signatures;
};

static enum err visit_nothing(const struct entry *entry, void *context)
{
	unsigned *seen = context;

	(void)entry;
	(*seen)++;
	return ERR_OK;
}

static enum err sign_one(struct signer *signer, unsigned i)
{
	unsigned seen = 0;

	memset(signer->digests[i], (int)(signer->index + 1), SIGN_HASH_SIZE_MAX);
	memcpy(signer->digests[i], &i, sizeof i);
	signer->request.input.data = signer->digests[i];
	if (signer->lists)
		TRY(client_list(signer->client, NULL, visit_nothing, &seen));
	return client_sign(signer->client, &signer->request, &signer->signatures[i]);
}

static void *sign_many(void *context)
{
	struct signer *signer = context;

	for (unsigned i = 0; i < signer->count && signer->err == ERR_OK; i++)
		signer->err = sign_one(signer, i);
	return NULL;
}

static void print_signer(struct signer *signer)
{
	if (signer->err != ERR_OK)
		print_error(signer->err);
	for (unsigned i = 0; i < signer->count && signer->err == ERR_OK; i++) {
		for (size_t at = 0; at < signer->request.input.size; at++)
			(void)printf("%02x", signer->digests[i][at]);
		(void)printf(" ");
		print_hex(signer->signatures[i].data, signer->signatures[i].size);
	}
	for (unsigned i = 0; i < signer->count; i++)
		bytes_clear(&signer->signatures[i]);
	free(signer->digests);
	free(signer->signatures);
}

static void many(struct client *client, bool lists, char **words)
{
	pthread_t threads[THREADS_MAX];
	struct signer signers[THREADS_MAX] = {0};
	unsigned thread_count = number_of(strtok_r(NULL, " \n", words));
	struct signer first = {.client = client, .count = number_of(strtok_r(NULL, " \n", words))};

	first.lists = lists;
	first.request.id = id_of(strtok_r(NULL, " \n", words));
	first.request.scheme = number_of(strtok_r(NULL, " \n", words));
	first.request.hash = number_of(strtok_r(NULL, " \n", words));
	first.request.input.size = sign_hash_size((enum sign_hash)first.request.hash);
	for (unsigned i = 0; i < thread_count; i++) {
		signers[i] = first;
		signers[i].index = i;
		signers[i].digests = calloc(first.count, sizeof *first.digests);
		signers[i].signatures = calloc(first.count, sizeof *first.signatures);
		if (pthread_create(&threads[i], NULL, sign_many, &signers[i]) != 0)
			exit(2);
	}
	for (unsigned i = 0; i < thread_count; i++)
		(void)pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < thread_count; i++)
		print_signer(&signers[i]);
	(void)printf("done\n");
}

/* A child that asks on the parent's connection is another process than logged in. */
static void ask_as_child(struct client *client, char **words)
{
	pid_t pid = fork();

	if (pid == 0) {
		sign(client, words);
		(void)fflush(stdout);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static void close_in_child(struct client *client)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		client_close(client);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	(void)printf("%s\n", status == 0 ? "ok" : "failed");
}

static void print_result(enum err err)
{
	if (err == ERR_OK)
		(void)printf("ok\n");
	else
		print_error(err);
}

static void obey(struct client *client, const char *command, char **words)
{
	err_forget();
	if (strcmp(command, "login") == 0)
		log_in(client, words);
	else if (strcmp(command, "sign") == 0)
		sign(client, words);
	else if (strcmp(command, "decrypt") == 0)
		decrypt(client, words);
	else if (strcmp(command, "many") == 0)
		many(client, false, words);
	else if (strcmp(command, "mixed") == 0)
		many(client, true, words);
	else if (strcmp(command, "child") == 0)
		ask_as_child(client, words);
	else if (strcmp(command, "fork") == 0)
		close_in_child(client);
	else if (strcmp(command, "logout") == 0)
		print_result(client_logout(client));
	else if (strcmp(command, "ping") == 0)
		print_result(client_ping(client));
	else
		exit(2);
}

int main(void)
{
	AUTO(client) client = NULL;
	char *line = malloc(LINE_MAX_SIZE);
	enum err err = client_open("sign_try", &client);

	print_result(err);
	(void)fflush(stdout);
	while (err == ERR_OK && line != NULL && fgets(line, LINE_MAX_SIZE, stdin) != NULL) {
		char *words = NULL;
		const char *command = strtok_r(line, " \n", &words);
		if (command != NULL)
			obey(client, command, &words);
		(void)fflush(stdout);
	}
	free(line);
	return err == ERR_OK ? 0 : 1;
}
