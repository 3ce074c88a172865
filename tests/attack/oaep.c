/* oaep.c - whether what is wrong with an enciphered text shows in the time its refusal takes:
 *
 *   attack_oaep KEY COUNT FILE...     KEY: PKCS#8, DER; FILE: texts of one class, RSA-sized each
 *
 * Takes the classes in turns at random. Prints "word CLASS WORD" for every answer seen first, and
 * "t CLASS VALUE": Welch's t of each class against the first, without each class's slowest
 * twentieth, which are interrupts.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/keeper/identity.h"

enum { CLASSES_MAX = 8, FILE_MAX = 1 << 20, KEPT_OF_20 = 19 };

struct class
{
	uint8_t *texts;
	size_t text_count;
	double *times;
	size_t count;
	enum err answer;
};

static _Noreturn void give_up(const char *what)
{
	(void)fprintf(stderr, "attack_oaep: %s\n", what);
	exit(2);
}

static uint8_t *read_file(const char *path, size_t *out_size)
{
	uint8_t *bytes = malloc(FILE_MAX);
	FILE *file = fopen(path, "rb");

	if (bytes == NULL || file == NULL)
		give_up(path);
	*out_size = fread(bytes, 1, FILE_MAX, file);
	(void)fclose(file);
	return bytes;
}

static struct identity *read_key(const char *path)
{
	struct secret *pkcs8 = NULL;
	struct identity *identity = NULL;
	size_t size;
	uint8_t *bytes = read_file(path, &size);

	if (secret_init() != ERR_OK || identity_init(1) != ERR_OK ||
	    secret_take(bytes, size, &pkcs8) != ERR_OK || identity_of(pkcs8, &identity) != ERR_OK)
		give_up("the key does not open");
	secret_free(pkcs8);
	free(bytes);
	return identity;
}

static double nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void time_one(const struct identity *identity, size_t size, struct class *class)
{
	size_t which = (size_t)rand() % class->text_count; /* NOLINT: no secret */
	const struct bytes text = {class->texts + which * size, size};
	struct secret *plain = NULL;
	double began = nanoseconds();
	enum err answer = identity_decrypt(identity, SIGN_SHA256, &text, &plain);

	class->times[class->count++] = nanoseconds() - began;
	secret_free(plain);
	if (class->answer != ERR_OK && class->answer != answer)
		give_up("one class has two answers");
	class->answer = answer;
}

static int by_size(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return difference < 0 ? -1 : difference > 0;
}

static void summarise(const struct class *class, double *out_mean, double *out_variance)
{
	size_t kept = class->count * KEPT_OF_20 / 20;
	double sum = 0, squares = 0;

	qsort(class->times, class->count, sizeof *class->times, by_size);
	for (size_t i = 0; i < kept; i++)
		sum += class->times[i];
	*out_mean = sum / (double)kept;
	for (size_t i = 0; i < kept; i++)
		squares += (class->times[i] - *out_mean) * (class->times[i] - *out_mean);
	*out_variance = squares / (double)(kept - 1) / (double)kept;
}

int main(int count, char **arguments)
{
	struct class classes[CLASSES_MAX] = {{NULL, 0, NULL, 0, ERR_OK}};
	size_t class_count = (size_t)count - 3;
	struct identity *identity;
	double mean[CLASSES_MAX], variance[CLASSES_MAX];
	size_t runs, size;

	if (count < 5 || class_count > CLASSES_MAX)
		give_up("attack_oaep KEY COUNT FILE...");
	identity = read_key(arguments[1]);
	size = identity_rsa_bits(identity) / 8;
	runs = strtoul(arguments[2], NULL, 10);
	for (size_t i = 0; i < class_count; i++) {
		size_t whole;
		classes[i].texts = read_file(arguments[i + 3], &whole);
		classes[i].text_count = whole / size;
		classes[i].times = calloc(runs, sizeof(double));
		if (classes[i].text_count == 0 || classes[i].times == NULL)
			give_up("no texts");
	}
	srand(1);
	for (size_t i = 0; i < runs; i++)
		time_one(identity, size, &classes[(size_t)rand() % class_count]); /* NOLINT */
	for (size_t i = 0; i < class_count; i++) {
		summarise(&classes[i], &mean[i], &variance[i]);
		(void)printf("word %zu %s\n", i, err_word(classes[i].answer));
		if (i > 0)
			(void)printf("t %zu %.3f\n", i,
				     (mean[i] - mean[0]) / sqrt(variance[i] + variance[0]));
	}
	identity_free(identity);
	return 0;
}
