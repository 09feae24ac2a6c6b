// The ports of one shard over a SQL store.
#pragma once

#include <memory>

#include "engine/ports/events.h"
#include "engine/ports/profiles.h"
#include "storage/open_storage.h"
#include "storage/sql_event_log.h"
#include "storage/sql_ports.h"

namespace kith {

class SqlShardStore final : public ShardStore {
 public:
  explicit SqlShardStore(std::unique_ptr<SqlHandle> handle)
      : handle_(std::move(handle)),
        log_(*handle_),
        chats_(make_sql_chats(*handle_)),
        accounts_(make_sql_accounts(*handle_)),
        clubs_(make_sql_clubs(*handle_)),
        broadcasts_(make_sql_broadcasts(*handle_)),
        events_(make_sql_events(*handle_)),
        profiles_(make_sql_profiles(*handle_)) {}
  EventLog& event_log() override { return log_; }
  Chats& chats() override { return *chats_; }
  Accounts& accounts() override { return *accounts_; }
  Clubs* clubs() override { return clubs_.get(); }
  Broadcasts* broadcasts() override { return broadcasts_.get(); }
  Events* events() override { return events_.get(); }
  Profiles* profiles() override { return profiles_.get(); }

 private:
  std::unique_ptr<SqlHandle> handle_;
  SqlEventLog log_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Clubs> clubs_;
  std::unique_ptr<Broadcasts> broadcasts_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Profiles> profiles_;
};

}  // namespace kith
