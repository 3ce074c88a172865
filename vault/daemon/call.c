/* call.c - see call.h */
#include "vault/daemon/call.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uid_t call_uid(const struct call *call)
{
	return session_peer(call->session)->uid;
}

uid_t call_owner(const struct call *call, const struct subject *subject)
{
	return subject->is_other_owner ? (uid_t)subject->owner : call_uid(call);
}

static void fill_question(const struct call *call, enum action action, uid_t owner,
			  struct question *out_question)
{
	const struct peer *peer = session_peer(call->session);

	*out_question = (struct question){.action = action,
					  .uid = peer->uid,
					  .group_count = peer->group_count,
					  .groups = peer->groups,
					  .owner = owner};
}

/* "rsa-2048": 2048; any other kind of key: 0. */
static unsigned rsa_bits_of(const char *key)
{
	static const char prefix[] = "rsa-";

	return strncmp(key, prefix, sizeof prefix - 1) == 0
		       ? (unsigned)strtoul(key + sizeof prefix - 1, NULL, 10)
		       : 0;
}

static void fill_facts(const struct subject *subject, unsigned rsa_bits, int64_t not_after,
		       struct question *question)
{
	question->has_certificate = true;
	question->is_expired = time(NULL) > not_after;
	question->rsa_bits = rsa_bits;
	question->hash = subject->hash;
}

static enum err fill_certificate(const struct call *call, const struct subject *subject,
				 struct question *question)
{
	AUTO_HELD(entry) entry = {0};

	TRY(keeper_find(call->service->keeper, question->owner, subject->certificate, &entry));
	fill_facts(subject, rsa_bits_of(entry.summary.key), entry.summary.not_after, question);
	return ERR_OK;
}

/* A login knows the facts of its certificate: a signature looks nothing up. */
static bool is_logged_in(const struct call *call, const struct subject *subject,
			 struct question *question)
{
	struct login_facts facts;

	if (subject->certificate == NULL || question->owner != question->uid ||
	    !session_login_facts(call->session, subject->certificate, &facts))
		return false;
	fill_facts(subject, facts.rsa_bits, facts.not_after, question);
	return true;
}

/* Asked first without the certificate: who may not ask does not learn whether it exists. */
enum err call_ask_policy(const struct call *call, enum action action, const struct subject *subject,
			 struct ruling *out_ruling)
{
	struct question question;

	fill_question(call, action, call_owner(call, subject), &question);
	if (is_logged_in(call, subject, &question)) {
		rulebook_decide(call->service->rulebook, &question, out_ruling);
		return ERR_OK;
	}
	rulebook_decide(call->service->rulebook, &question, out_ruling);
	if (!out_ruling->is_allowed || subject->certificate == NULL)
		return ERR_OK;
	TRY(fill_certificate(call, subject, &question));
	rulebook_decide(call->service->rulebook, &question, out_ruling);
	return ERR_OK;
}

enum err call_permit(struct call *call, enum action action, const struct subject *subject)
{
	struct ruling ruling;

	TRY(call_ask_policy(call, action, subject, &ruling));
	if (ruling.is_allowed)
		return ERR_OK;
	audit_entry_set_text(call->entry.rule, AUDIT_RULE_MAX, ruling.rule);
	call->entry.line = ruling.line;
	return err_detail(ERR_POLICY_DENIED, "%s", ruling.rule);
}

enum err call_reply_entry(struct call *call, struct entry *entry)
{
	struct entry_reply reply = {.entry = *entry};

	wire_entry_reply(call->reply, &reply);
	entry_reply_clear(&reply);
	*entry = (struct entry){0};
	return ERR_OK;
}
