/* audit.c - see audit.h */
#include "vault/daemon/audit.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/log.h"
#include "vault/daemon/audit_rate.h"
#include "vault/daemon/session.h"

enum { TEND_MILLISECONDS = 900, STACK_SIZE = 256 * 1024 };

struct audit {
	struct keeper *keeper;
	pthread_t thread;
	bool has_thread;
	bool was_short; /* of the thread alone, as the next */
	bool has_complained;

	pthread_mutex_t lock; /* guards all that follows */
	pthread_cond_t changed;
	bool is_wanted; /* something is to be brought to disk or told */
	bool is_stopping;
	struct audit_rate rate;
};

static void lock(struct audit *audit)
{
	(void)pthread_mutex_lock(&audit->lock);
}

static void unlock(struct audit *audit)
{
	(void)pthread_mutex_unlock(&audit->lock);
}

static void want_thread(struct audit *audit)
{
	lock(audit);
	if (!audit->is_wanted) {
		audit->is_wanted = true;
		(void)pthread_cond_signal(&audit->changed);
	}
	unlock(audit);
}

static enum err write_entry(struct audit *audit, const struct audit_entry *entry,
			    enum audit_place place)
{
	enum err err = keeper_log_append(audit->keeper, entry, place);

	want_thread(audit);
	return err;
}

/* For entries that stop nothing when they cannot be written. */
static void write_or_complain(struct audit *audit, const struct audit_entry *entry)
{
	enum err err = write_entry(audit, entry, AUDIT_UNRESERVED);

	if (err != ERR_OK)
		log_error(LOG_ERROR, "an entry of the audit log is lost", err);
}

/* --- Requests -----------------------------------------------------------------------------------
 */

enum err audit_reserve(struct audit *audit)
{
	return keeper_log_reserve(audit->keeper);
}

enum err audit_deed(struct audit *audit, const struct audit_entry *entry, bool is_rated)
{
	if (!is_rated)
		return write_entry(audit, entry, AUDIT_RESERVED);
	keeper_log_give_back(audit->keeper);
	audit_refusal(audit, entry);
	return ERR_OK;
}

void audit_refusal(struct audit *audit, const struct audit_entry *entry)
{
	bool is_allowed;

	lock(audit);
	is_allowed = audit_rate_allows(&audit->rate, entry, session_clock());
	unlock(audit);
	if (is_allowed)
		write_or_complain(audit, entry);
	else
		want_thread(audit);
}

void audit_end(struct audit *audit, const struct audit_entry *entry)
{
	write_or_complain(audit, entry);
}

/* --- The vault itself ---------------------------------------------------------------------------
 */

static struct audit_entry own_entry(enum audit_action action)
{
	uint32_t uid = (uint32_t)geteuid();
	struct audit_entry entry = {.at = time(NULL),
				    .uid = uid,
				    .owner = uid,
				    .pid = (uint32_t)getpid(),
				    .action = (uint8_t)action};

	audit_entry_set_text(entry.program, AUDIT_PROGRAM_MAX, "kinkod");
	return entry;
}

void audit_policy(struct audit *audit, uid_t uid, pid_t pid, enum err err, const char *detail)
{
	struct audit_entry entry = own_entry(AUDIT_POLICY);

	if (keeper_refusal(audit->keeper) != ERR_OK)
		return;
	entry.uid = entry.owner = (uint32_t)uid;
	entry.pid = (uint32_t)pid;
	entry.result = (uint32_t)err;
	if (err != ERR_OK)
		audit_entry_set_text(entry.rule, AUDIT_RULE_MAX, detail);
	write_or_complain(audit, &entry);
}

void audit_settle(struct audit *audit)
{
	enum err err = keeper_log_settle(audit->keeper);

	if (err != ERR_OK)
		log_error(LOG_WARNING, "how far the audit log goes was not remembered", err);
}

static void tell_finding(struct audit *audit)
{
	struct audit_finding finding = keeper_log_finding(audit->keeper);
	struct audit_entry entry;

	if (finding.action == 0)
		return;
	entry = own_entry((enum audit_action)finding.action);
	entry.count = finding.count;
	write_or_complain(audit, &entry);
	log_line(finding.action == AUDIT_UNCLEAN_END ? LOG_NOTICE : LOG_ERROR,
		 "the audit log: %s, entry %llu, %u lost",
		 audit_action_word((enum audit_action)finding.action),
		 (unsigned long long)finding.number, finding.count);
}

static void write_counted(struct audit *audit, int64_t now)
{
	for (;;) {
		struct audit_entry entry;
		bool is_one;
		lock(audit);
		is_one = audit_rate_take(&audit->rate, now, &entry);
		unlock(audit);
		if (!is_one)
			return;
		write_or_complain(audit, &entry);
	}
}

/* --- The thread ---------------------------------------------------------------------------------
 */

static void warn_of_short_disk(struct audit *audit)
{
	bool is_short = keeper_log_is_short(audit->keeper);

	if (is_short && !audit->was_short)
		log_line(LOG_WARNING, "the disk is full: the audit log goes on in the room it has "
				      "kept; when that is used up, no key is used");
	audit->was_short = is_short;
}

static void tend(struct audit *audit)
{
	enum err err;

	write_counted(audit, session_clock());
	err = keeper_log_tend(audit->keeper);
	if (err != ERR_OK && !audit->has_complained)
		log_error(LOG_ERROR, "the audit log", err);
	audit->has_complained = err != ERR_OK;
	err_forget();
	warn_of_short_disk(audit);
}

static struct timespec soon(void)
{
	struct timespec moment;

	(void)clock_gettime(CLOCK_MONOTONIC, &moment);
	moment.tv_nsec += (long)TEND_MILLISECONDS * 1000000;
	if (moment.tv_nsec >= 1000000000) {
		moment.tv_sec++;
		moment.tv_nsec -= 1000000000;
	}
	return moment;
}

/* True when there is something to do: it was wanted a little while ago. */
static bool wait_for_work(struct audit *audit)
{
	struct timespec end;
	bool goes_on;

	lock(audit);
	while (!audit->is_wanted && !audit->is_stopping)
		(void)pthread_cond_wait(&audit->changed, &audit->lock);
	end = soon();
	while (!audit->is_stopping &&
	       pthread_cond_timedwait(&audit->changed, &audit->lock, &end) == 0)
		continue;
	audit->is_wanted = audit_rate_has_counted(&audit->rate);
	goes_on = !audit->is_stopping;
	unlock(audit);
	return goes_on;
}

static void *run_thread(void *context)
{
	struct audit *audit = context;

	while (wait_for_work(audit))
		tend(audit);
	return NULL;
}

static enum err start_thread(struct audit *audit)
{
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0)
		return ERR_MEMORY;
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	audit->has_thread = pthread_create(&audit->thread, &attributes, run_thread, audit) == 0;
	(void)pthread_attr_destroy(&attributes);
	return audit->has_thread ? ERR_OK : err_note(ERR_MEMORY, "no thread for the audit log");
}

static void stop_thread(struct audit *audit)
{
	if (!audit->has_thread)
		return;
	lock(audit);
	audit->is_stopping = true;
	(void)pthread_cond_signal(&audit->changed);
	unlock(audit);
	(void)pthread_join(audit->thread, NULL);
}

/* --- Life ---------------------------------------------------------------------------------------
 */

static enum err make_condition(struct audit *audit)
{
	pthread_condattr_t monotonic;
	bool is_made;

	if (pthread_condattr_init(&monotonic) != 0)
		return ERR_MEMORY;
	is_made = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
		  pthread_cond_init(&audit->changed, &monotonic) == 0;
	(void)pthread_condattr_destroy(&monotonic);
	return is_made ? ERR_OK : ERR_MEMORY;
}

enum err audit_new(struct keeper *keeper, struct audit **out_audit)
{
	struct audit *audit = calloc(1, sizeof *audit);
	enum err err;

	if (audit == NULL)
		return ERR_MEMORY;
	audit->keeper = keeper;
	(void)pthread_mutex_init(&audit->lock, NULL);
	err = make_condition(audit);
	if (err != ERR_OK) {
		free(audit);
		return err;
	}
	if (keeper_refusal(keeper) == ERR_OK) {
		tell_finding(audit);
		audit_policy(audit, geteuid(), getpid(), ERR_OK, "");
		err = start_thread(audit);
	}
	if (err != ERR_OK) {
		audit_free(audit);
		return err;
	}
	*out_audit = audit;
	return ERR_OK;
}

/* The stop is the last entry, and the manifest knows it: what is cut off later is missed. */
static void write_stop(struct audit *audit)
{
	struct audit_entry entry = own_entry(AUDIT_STOP);

	write_counted(audit, INT64_MAX);
	write_or_complain(audit, &entry);
	audit_settle(audit);
}

void audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	stop_thread(audit);
	if (keeper_refusal(audit->keeper) == ERR_OK)
		write_stop(audit);
	(void)pthread_cond_destroy(&audit->changed);
	(void)pthread_mutex_destroy(&audit->lock);
	free(audit);
}
