/* given.c - see given.h */
#include "tests/unit/keeper/given.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor_file.h"

const struct keeper_cost given_cost = {.memory_bytes = 8192, .passes = 1};

static const char *const folder_names[] = {"state", "anchor"};

void given_process(void)
{
	assert_int_equal(keeper_init(64), ERR_OK);
}

/* Memory, where there is some: what is tested is which calls are made in which order. */
static const char *temporary_folder(void)
{
	const char *wished = getenv("TMPDIR");

	if (wished != NULL && strlen(wished) < 40)
		return wished;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

struct place_for_vault *given_place(void)
{
	struct place_for_vault *place = calloc(1, sizeof *place);
	char path[128];

	assert_non_null(place);
	(void)snprintf(place->path, sizeof place->path, "%s/kinko-keeper-XXXXXX",
		       temporary_folder());
	assert_non_null(mkdtemp(place->path));
	(void)snprintf(path, sizeof path, "%s/state", place->path);
	assert_int_equal(file_make_folder(path, 0700, &place->state), ERR_OK);
	(void)snprintf(path, sizeof path, "%s/anchor", place->path);
	assert_int_equal(file_make_folder(path, 0700, &place->anchor), ERR_OK);
	assert_int_equal(keeper_new_host_key(&place->host_key), ERR_OK);
	place->settings = (struct keeper_settings){
		.state_folder = place->state,
		.anchor_folder = place->anchor,
		.host_key = place->host_key,
		.cost = given_cost,
		.machine_id = "0123456789abcdef0123456789abcdef\n",
		.product_uuid = NULL,
		.login_max = 64,
	};
	return place;
}

static void empty_folder(const struct place_for_vault *place, const char *name)
{
	char path[400];
	struct dirent *item;
	DIR *folder;

	(void)snprintf(path, sizeof path, "%s/%s", place->path, name);
	folder = opendir(path);
	assert_non_null(folder);
	while ((item = readdir(folder)) != NULL)
		if (item->d_name[0] != '.')
			(void)unlinkat(dirfd(folder), item->d_name,
				       item->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	(void)closedir(folder);
}

void given_place_gone(struct place_for_vault *place)
{
	char path[128];

	for (size_t i = 0; i < COUNT_OF(folder_names); i++) {
		empty_folder(place, folder_names[i]);
		(void)snprintf(path, sizeof path, "%s/%s", place->path, folder_names[i]);
		(void)rmdir(path);
	}
	(void)rmdir(place->path);
	(void)close(place->state);
	(void)close(place->anchor);
	secret_free(place->host_key);
	free(place);
}

struct keeper *given_keeper(struct place_for_vault *place)
{
	struct keeper *keeper = NULL;

	assert_int_equal(keeper_open(&place->settings, &keeper), ERR_OK);
	assert_string_equal(err_word(keeper_refusal(keeper)), "ok");
	return keeper;
}

static EVP_PKEY *make_key(enum given_kind kind)
{
	switch (kind) {
	case GIVEN_RSA:
	case GIVEN_RSA_FOR_CIPHER:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	case GIVEN_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case GIVEN_P384:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	case GIVEN_P521:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	case GIVEN_P256:
	default:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	}
}

static void add_key_usage(X509 *certificate)
{
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "keyEncipherment");

	assert_non_null(usage);
	assert_true(X509_add_ext(certificate, usage, -1));
	X509_EXTENSION_free(usage);
}

static void make_certificate(EVP_PKEY *key, enum given_kind kind, const char *common_name,
			     struct bytes *out_certificate)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();
	unsigned char *der = NULL;
	int size;

	assert_non_null(certificate);
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					       (const unsigned char *)common_name, -1, -1, 0));
	assert_true(X509_set_version(certificate, 2));
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7));
	assert_true(X509_set_subject_name(certificate, name));
	assert_true(X509_set_issuer_name(certificate, name));
	/* 2020-01-01 to 2090-12-31 in Japan: the year has begun there, not yet in UTC. */
	assert_true(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "191231150000Z"));
	assert_true(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "20891231150000Z"));
	assert_true(X509_set_pubkey(certificate, key));
	if (kind == GIVEN_RSA_FOR_CIPHER)
		add_key_usage(certificate);
	assert_true(X509_sign(certificate, key, kind == GIVEN_ED25519 ? NULL : EVP_sha256()) > 0);
	size = i2d_X509(certificate, &der);
	assert_true(size > 0);
	assert_int_equal(bytes_copy(der, (size_t)size, out_certificate), ERR_OK);
	OPENSSL_free(der);
	X509_NAME_free(name);
	X509_free(certificate);
}

static void take_key(EVP_PKEY *key, struct secret **out_key)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL;
	int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	assert_true(size > 0);
	assert_int_equal(secret_take(der, (size_t)size, out_key), ERR_OK);
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
}

struct given_identity *given_identity(enum given_kind kind, const char *common_name)
{
	struct given_identity *identity = calloc(1, sizeof *identity);
	EVP_PKEY *key = make_key(kind);

	assert_non_null(identity);
	assert_non_null(key);
	make_certificate(key, kind, common_name, &identity->certificate);
	take_key(key, &identity->key);
	digest_of(identity->certificate.data, identity->certificate.size, &identity->id);
	EVP_PKEY_free(key);
	return identity;
}

void given_identity_gone(struct given_identity *identity)
{
	secret_free(identity->key);
	bytes_clear(&identity->certificate);
	free(identity);
}

struct secret *given_pin(const char *text)
{
	struct secret *pin = NULL;

	assert_int_equal(secret_new(strlen(text), &pin), ERR_OK);
	if (text[0] != '\0')
		memcpy(secret_bytes(pin), text, strlen(text));
	return pin;
}

enum err given_import(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		      const char *pin, const char *friendly_name, bool resets, bool activates,
		      enum import_result *out_result, uint32_t *out_warnings,
		      struct entry *out_entry)
{
	const struct bytes_list chain = {0};
	struct secret *secret = given_pin(pin);
	const struct keeper_original original = {.key = identity->key,
						 .pin = secret,
						 .certificate = &identity->certificate,
						 .chain = &chain,
						 .friendly_name = friendly_name,
						 .pin_follows_rule = true,
						 .where = ""};
	const struct keeper_import_how how = {
		.resets_pin = resets, .activates = activates, .tries = GIVEN_TRIES};
	enum err err =
		keeper_import(keeper, uid, &original, &how, out_result, out_warnings, out_entry);

	secret_free(secret);
	return err;
}

void given_imported(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		    const char *pin, enum import_result expected)
{
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	assert_string_equal(err_word(given_import(keeper, uid, identity, pin, "", false, false,
						  &result, &warnings, &entry)),
			    "ok");
	assert_int_equal(result, expected);
}

enum err given_login(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		     const char *pin, uint8_t *out_tries_left)
{
	AUTO(secret) secret = given_pin(pin);
	AUTO(login) login = NULL;
	enum err err = keeper_login(keeper, uid, &identity->id, secret, GIVEN_TRIES, out_tries_left,
				    &login);

	if (err == ERR_OK && !login_is_open(login))
		return ERR_INTERNAL;
	return err;
}

struct active {
	unsigned count;
	struct digest id;
};

static enum err note_active(const struct entry *entry, void *context)
{
	struct active *active = context;

	if (entry->is_active) {
		active->count++;
		active->id = entry->summary.id;
	}
	return ERR_OK;
}

bool given_active(struct keeper *keeper, uid_t uid, struct digest *out_id)
{
	struct active active = {0};
	bool more = false;

	assert_int_equal(keeper_list(keeper, uid, 0, 1000, note_active, &active, &more), ERR_OK);
	assert_true(active.count <= 1);
	*out_id = active.id;
	return active.count == 1;
}

uint8_t given_tries_left(struct keeper *keeper, uid_t uid, const struct given_identity *identity)
{
	AUTO_HELD(entry) entry = {0};

	assert_int_equal(keeper_find(keeper, uid, &identity->id, &entry), ERR_OK);
	return entry.tries_left;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *item)
{
	return item->d_name[0] != '.';
}

static void add_file(struct digest *sum, int folder, const char *name)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;
	struct digest content = {{0}};
	struct stat status;

	digest_of_two(sum->bytes, DIGEST_SIZE, name, strlen(name), sum);
	assert_int_equal(fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW), 0);
	if (S_ISREG(status.st_mode)) {
		assert_int_equal(file_read(folder, name, 64 << 20, &answer, &bytes), ERR_OK);
		digest_of(bytes.data, bytes.size, &content);
	}
	digest_of_two(sum->bytes, DIGEST_SIZE, content.bytes, DIGEST_SIZE, sum);
	digest_of_two(sum->bytes, DIGEST_SIZE, &status.st_mtim, sizeof status.st_mtim, sum);
}

struct digest given_contents(const struct place_for_vault *place)
{
	struct digest sum = {{0}};

	for (size_t i = 0; i < COUNT_OF(folder_names); i++) {
		struct dirent **items = NULL;
		char path[128];
		int count;

		(void)snprintf(path, sizeof path, "%s/%s", place->path, folder_names[i]);
		count = scandir(path, &items, is_shown, by_name);
		assert_true(count >= 0);
		for (int j = 0; j < count; j++) {
			add_file(&sum, i == 0 ? place->state : place->anchor, items[j]->d_name);
			free(items[j]);
		}
		free(items);
	}
	return sum;
}

void given_copy(const struct place_for_vault *from, const struct place_for_vault *to)
{
	for (size_t i = 0; i < COUNT_OF(folder_names); i++) {
		int from_folder = i == 0 ? from->state : from->anchor;
		int to_folder = i == 0 ? to->state : to->anchor;
		struct dirent **items = NULL;
		char path[128];
		int count;

		empty_folder(to, folder_names[i]);
		(void)snprintf(path, sizeof path, "%s/%s", from->path, folder_names[i]);
		count = scandir(path, &items, is_shown, by_name);
		for (int j = 0; j < count; j++) {
			AUTO_HELD(bytes) bytes = {NULL, 0};
			enum file_answer answer = FILE_ABSENT;
			assert_int_equal(
				file_read(from_folder, items[j]->d_name, 64 << 20, &answer, &bytes),
				ERR_OK);
			assert_int_equal(file_create(to_folder, items[j]->d_name, 0600, bytes.data,
						     bytes.size),
					 ERR_OK);
			free(items[j]);
		}
		free(items);
	}
}

void given_other_anchor(const struct place_for_vault *place)
{
	const struct digest zero = {{0}}, token = {{1, 2, 3}};
	struct digest next;

	digest_of_two(zero.bytes, DIGEST_SIZE, token.bytes, DIGEST_SIZE, &next);
	assert_int_equal(file_remove(place->anchor, ANCHOR_NAME), ERR_OK);
	assert_int_equal(anchor_file_move(place->anchor, &token, &next), ERR_OK);
}
