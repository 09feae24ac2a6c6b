// The parts of a SQL store that are plain functions over a connection, as sqlite_storage puts them
// together. Defined in sql_chats.cc and in sql_..._port.cc.
#pragma once

#include <memory>

#include "engine/ports/account_recovery.h"
#include "engine/ports/accounts.h"
#include "engine/ports/broadcasts.h"
#include "engine/ports/chats.h"
#include "engine/ports/feeds.h"
#include "engine/ports/notifications.h"
#include "engine/ports/outbox.h"
#include "engine/ports/reward_ledger.h"
#include "storage/sql_handle.h"

namespace kith {

class Events;
class Profiles;
class ServiceAccounts;
class Moderation;
struct NewService;
struct ServiceRecord;

// One per shard; `worker` outlives it.
std::unique_ptr<Chats> make_sql_chats(SqlHandle& worker);
std::unique_ptr<Accounts> make_sql_accounts(SqlHandle& worker);
std::unique_ptr<Notifications> make_sql_notifications(SqlHandle& worker);
std::unique_ptr<AccountRecovery> make_sql_account_recovery(SqlHandle& worker);
std::unique_ptr<Outbox> make_sql_outbox(SqlHandle& worker);
std::unique_ptr<RewardLedger> make_sql_reward_ledger(SqlHandle& worker,
                                                     std::shared_ptr<const RewardRules> rules);
std::unique_ptr<Clubs> make_sql_clubs(SqlHandle& worker);
std::unique_ptr<Broadcasts> make_sql_broadcasts(SqlHandle& worker);
std::unique_ptr<Events> make_sql_events(SqlHandle& worker);
std::unique_ptr<Profiles> make_sql_profiles(SqlHandle& worker);
std::unique_ptr<ServiceAccounts> make_sql_service_accounts(SqlHandle& worker);
std::unique_ptr<Moderation> make_sql_moderation(SqlHandle& worker);
std::unique_ptr<Feeds> make_sql_feeds(SqlHandle& worker);

// For the command line. not_found.
Result<UserRecord> read_user(SqlConnection& db, const UserId& user);
Status grant_role(WriteContext& context, const UserId& user, SystemRole role, WallTime now);

}  // namespace kith
