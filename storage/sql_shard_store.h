// The ports of one shard over a SQL store.
#pragma once

#include <memory>

#include "storage/open_storage.h"
#include "storage/sql_event_log.h"
#include "storage/sql_ports.h"

namespace kith {

class SqlShardStore final : public ShardStore {
 public:
  SqlShardStore(std::unique_ptr<SqlHandle> handle, std::shared_ptr<const RewardRules> rules)
      : handle_(std::move(handle)),
        log_(*handle_),
        chats_(make_sql_chats(*handle_)),
        accounts_(make_sql_accounts(*handle_)),
        rewards_(make_sql_reward_ledger(*handle_, std::move(rules))) {}
  EventLog& event_log() override { return log_; }
  Chats& chats() override { return *chats_; }
  Accounts& accounts() override { return *accounts_; }
  RewardLedger& rewards() override { return *rewards_; }

 private:
  std::unique_ptr<SqlHandle> handle_;
  SqlEventLog log_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<RewardLedger> rewards_;
};

}  // namespace kith
