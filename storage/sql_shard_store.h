// The ports of one shard over a SQL store.
#pragma once

#include <memory>

#include "engine/ports/events.h"
#include "engine/ports/moderation.h"
#include "engine/ports/profiles.h"
#include "engine/ports/service_accounts.h"
#include "storage/open_storage.h"
#include "storage/sql_boards_port.h"
#include "storage/sql_event_log.h"
#include "storage/sql_ports.h"

namespace kith {

class SqlShardStore final : public ShardStore {
 public:
  // `tops` is shared by the shards of the process; `completions` is what `handle` answers into.
  SqlShardStore(std::unique_ptr<SqlHandle> handle, BoardTops& tops, CompletionQueue& completions,
                std::shared_ptr<const RewardRules> rules)
      : handle_(std::move(handle)),
        log_(*handle_),
        chats_(make_sql_chats(*handle_)),
        accounts_(make_sql_accounts(*handle_)),
        notifications_(make_sql_notifications(*handle_)),
        recovery_(make_sql_account_recovery(*handle_)),
        outbox_(make_sql_outbox(*handle_)),
        boards_(*handle_, tops, completions, rules),
        rewards_(make_sql_reward_ledger(*handle_, std::move(rules))),
        clubs_(make_sql_clubs(*handle_)),
        broadcasts_(make_sql_broadcasts(*handle_)),
        events_(make_sql_events(*handle_)),
        profiles_(make_sql_profiles(*handle_)),
        service_accounts_(make_sql_service_accounts(*handle_)),
        moderation_(make_sql_moderation(*handle_)),
        feeds_(make_sql_feeds(*handle_)) {}
  EventLog& event_log() override { return log_; }
  Chats& chats() override { return *chats_; }
  Accounts& accounts() override { return *accounts_; }
  Notifications* notifications() override { return notifications_.get(); }
  AccountRecovery* recovery() override { return recovery_.get(); }
  Outbox* outbox() override { return outbox_.get(); }
  Boards* boards() override { return &boards_; }
  RewardLedger& rewards() override { return *rewards_; }
  Clubs* clubs() override { return clubs_.get(); }
  Broadcasts* broadcasts() override { return broadcasts_.get(); }
  Events* events() override { return events_.get(); }
  Profiles* profiles() override { return profiles_.get(); }
  ServiceAccounts* service_accounts() override { return service_accounts_.get(); }
  Moderation* moderation() override { return moderation_.get(); }
  Feeds* feeds() override { return feeds_.get(); }

 private:
  std::unique_ptr<SqlHandle> handle_;
  SqlEventLog log_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<AccountRecovery> recovery_;
  std::unique_ptr<Outbox> outbox_;
  SqlBoards boards_;
  std::unique_ptr<RewardLedger> rewards_;
  std::unique_ptr<Clubs> clubs_;
  std::unique_ptr<Broadcasts> broadcasts_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Profiles> profiles_;
  std::unique_ptr<ServiceAccounts> service_accounts_;
  std::unique_ptr<Moderation> moderation_;
  std::unique_ptr<Feeds> feeds_;
};

}  // namespace kith
