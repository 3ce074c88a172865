/* After a logout no byte of the key is left in the process: heap, stack, secure heap and all.
 *
 * One child makes the vault and leaves the keys behind masked; another, which never saw them in
 * clear, imports, changes the PIN, logs in and out, and then looks through its own memory.
 */
#include "tests/unit/keeper/given.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MASK = 0xA5, KEY_MAX = 4096, WINDOW = 8, KINDS = 3 };

static const enum given_kind kinds[KINDS] = {GIVEN_RSA, GIVEN_P256, GIVEN_ED25519};

/* Where in PKCS#8 the private part begins and ends: before and after it stand public ones. */
static const struct {
	size_t from, size;
} private_part[KINDS] = {{320, 840}, {36, 32}, {16, 32}};

/* What crosses from child to child; keys masked. */
struct shared {
	struct {
		size_t key_size;
		uint8_t key[KEY_MAX];
		size_t certificate_size;
		uint8_t certificate[KEY_MAX];
	} identities[KINDS];
	unsigned while_open[KINDS];
	unsigned after[KINDS];
	bool is_done;
};

static void mask_key(const struct secret *key, uint8_t *masked)
{
	for (size_t i = 0; i < secret_size(key); i++)
		masked[i] = secret_view(key)[i] ^ MASK;
}

static void make_keys(struct shared *shared)
{
	given_process();
	for (size_t i = 0; i < KINDS; i++) {
		struct given_identity *identity = given_identity(kinds[i], "RESIDUE");
		shared->identities[i].key_size = secret_size(identity->key);
		mask_key(identity->key, shared->identities[i].key);
		shared->identities[i].certificate_size = identity->certificate.size;
		memcpy(shared->identities[i].certificate, identity->certificate.data,
		       identity->certificate.size);
		given_identity_gone(identity);
	}
}

/* Masked windows of the private part, forwards as in DER and backwards as in a number. */
struct needles {
	size_t count;
	uint64_t windows[512];
	uint8_t seen[65536]; /* by the first two bytes */
};

static void add_window(struct needles *needles, const uint8_t *bytes, int step)
{
	uint8_t window[WINDOW];

	for (int i = 0; i < WINDOW; i++)
		window[i] = bytes[i * step];
	memcpy(&needles->windows[needles->count++], window, WINDOW);
	needles->seen[window[0] | window[1] << 8] = 1;
}

static void make_needles(const struct shared *shared, size_t kind, struct needles *needles)
{
	const uint8_t *key = shared->identities[kind].key + private_part[kind].from;

	memset(needles, 0, sizeof *needles);
	for (size_t at = 0; at + WINDOW <= private_part[kind].size; at += WINDOW) {
		add_window(needles, key + at, 1);
		add_window(needles, key + at + WINDOW - 1, -1);
	}
}

/* Looks at every byte of the process: without the sanitizers' checks of each. */
__attribute__((no_sanitize("address", "undefined", "thread"))) static unsigned count_in(
	const struct needles *needles, const uint8_t *bytes, size_t size)
{
	unsigned count = 0;

	for (size_t at = 0; at + WINDOW <= size; at++) {
		uint64_t window = 0;
		uint8_t first = bytes[at] ^ MASK, second = bytes[at + 1] ^ MASK;
		if (needles->seen[first | second << 8] == 0)
			continue;
		for (int i = WINDOW - 1; i >= 0; i--)
			window = window << 8 | (bytes[at + (size_t)i] ^ MASK);
		for (size_t i = 0; i < needles->count; i++)
			count += needles->windows[i] == window;
	}
	return count;
}

/* Read by the kernel, a page at a time: a page that may not be read is passed over. */
static unsigned count_in_memory(const struct needles *needles)
{
	static uint8_t buffer[1 << 20];
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *memory = fopen("/proc/self/mem", "r");
	char line[512];
	unsigned count = 0;

	setvbuf(memory, NULL, _IONBF, 0);
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char rights[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) != 3 || rights[1] != 'w' ||
		    rights[0] != 'r' || to - from > 1UL << 30)
			continue;
		for (unsigned long at = from; at < to; at += sizeof buffer - WINDOW) {
			size_t size = to - at < sizeof buffer ? to - at : sizeof buffer;
			/* The buffer itself would echo what it held. */
			if (at <= (unsigned long)buffer + sizeof buffer &&
			    (unsigned long)buffer <= at + size)
				continue;
			if (fseek(memory, (long)at, SEEK_SET) == 0 &&
			    fread(buffer, 1, size, memory) == size)
				count += count_in(needles, buffer, size);
			memset(buffer, 0, sizeof buffer);
		}
	}
	(void)fclose(maps);
	(void)fclose(memory);
	return count;
}

static struct given_identity *unmask(const struct shared *shared, size_t kind)
{
	struct given_identity *identity = calloc(1, sizeof *identity);

	assert_int_equal(secret_new(shared->identities[kind].key_size, &identity->key), ERR_OK);
	for (size_t i = 0; i < shared->identities[kind].key_size; i++)
		secret_bytes(identity->key)[i] = shared->identities[kind].key[i] ^ MASK;
	assert_int_equal(bytes_copy(shared->identities[kind].certificate,
				    shared->identities[kind].certificate_size,
				    &identity->certificate),
			 ERR_OK);
	digest_of(identity->certificate.data, identity->certificate.size, &identity->id);
	return identity;
}

/* Everything that touches a key, then a login that stays open. */
static struct login *use_key(struct keeper *keeper, struct given_identity *identity)
{
	AUTO(secret) pin = given_pin("abcd");
	AUTO(secret) other = given_pin("wxyz");
	AUTO_HELD(entry) entry = {0};
	struct login *login = NULL;
	uint8_t left = 0;

	given_imported(keeper, GIVEN_UID, identity, "abcd", IMPORT_IMPORTED);
	assert_int_equal(given_login(keeper, GIVEN_UID, identity, "no", &left), ERR_PIN_WRONG);
	assert_int_equal(keeper_change_pin(keeper, GIVEN_UID, &identity->id, pin, other, true,
					   GIVEN_TRIES, &left, &entry),
			 ERR_OK);
	assert_int_equal(
		keeper_login(keeper, GIVEN_UID, &identity->id, other, GIVEN_TRIES, &left, &login),
		ERR_OK);
	return login;
}

enum { SIGNERS = 3, SIGNATURES = 8 };

/* Every way to sign that there is; those that do not fit the key are refused. */
static void *sign_often(void *context)
{
	uint8_t digest[SIGN_HASH_SIZE_MAX] = {1};

	for (unsigned i = 0; i < SIGNATURES; i++)
		for (unsigned scheme = SIGN_RSA_PKCS1; scheme <= SIGN_EDDSA; scheme++) {
			AUTO_HELD(bytes) signature = {NULL, 0};
			const struct bytes input = {digest, sizeof digest};
			enum err err = login_sign(context, (enum sign_scheme)scheme, SIGN_SHA512,
						  &input, &signature);
			if (err != ERR_OK && err != ERR_SIGN_INPUT)
				abort();
		}
	return NULL;
}

static void sign_by_threads(struct login *login)
{
	pthread_t threads[SIGNERS];

	for (size_t i = 0; i < SIGNERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_often, login), 0);
	for (size_t i = 0; i < SIGNERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	(void)sign_often(login);
}

static void look(struct shared *shared)
{
	static struct needles needles[KINDS];
	struct login *logins[KINDS];
	struct place_for_vault *place;
	struct keeper *keeper;

	given_process();
	place = given_place();
	keeper = given_keeper(place);
	for (size_t i = 0; i < KINDS; i++) {
		struct given_identity *identity = unmask(shared, i);
		make_needles(shared, i, &needles[i]);
		logins[i] = use_key(keeper, identity);
		sign_by_threads(logins[i]);
		given_identity_gone(identity);
	}
	for (size_t i = 0; i < KINDS; i++)
		shared->while_open[i] = count_in_memory(&needles[i]);
	for (size_t i = 0; i < KINDS; i++)
		login_free(logins[i]);
	for (size_t i = 0; i < KINDS; i++)
		shared->after[i] = count_in_memory(&needles[i]);
	keeper_free(keeper);
	given_place_gone(place);
	shared->is_done = true;
}

static void run_in_child(struct shared *shared, void (*run)(struct shared *))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		run(shared);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void no_byte_of_a_key_is_left_after_logout(void **state)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(shared != MAP_FAILED);
	run_in_child(shared, make_keys);
	run_in_child(shared, look);
	assert_true(shared->is_done);
	for (size_t i = 0; i < KINDS; i++) {
		assert_true(shared->while_open[i] > 0); /* the search finds what is there */
		assert_int_equal(shared->after[i], 0);
	}
	(void)munmap(shared, sizeof *shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_of_a_key_is_left_after_logout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
