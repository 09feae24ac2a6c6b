// The ports of one shard over a SQL store.
#pragma once

#include <memory>

#include "storage/open_storage.h"
#include "storage/sql_boards_port.h"
#include "storage/sql_event_log.h"
#include "storage/sql_ports.h"

namespace kith {

class SqlShardStore final : public ShardStore {
 public:
  // `tops` is shared by the shards of the process; `completions` is what `handle` answers into.
  SqlShardStore(std::unique_ptr<SqlHandle> handle, BoardTops& tops, CompletionQueue& completions)
      : handle_(std::move(handle)),
        log_(*handle_),
        chats_(make_sql_chats(*handle_)),
        accounts_(make_sql_accounts(*handle_)),
        boards_(*handle_, tops, completions) {}
  EventLog& event_log() override { return log_; }
  Chats& chats() override { return *chats_; }
  Accounts& accounts() override { return *accounts_; }
  Boards* boards() override { return &boards_; }

 private:
  std::unique_ptr<SqlHandle> handle_;
  SqlEventLog log_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Accounts> accounts_;
  SqlBoards boards_;
};

}  // namespace kith
