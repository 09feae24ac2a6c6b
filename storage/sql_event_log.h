// The EventLog of one shard over a SQL store.
#pragma once

#include "engine/ports/event_log.h"
#include "storage/sql_handle.h"

namespace kith {

class SqlEventLog final : public EventLog {
 public:
  explicit SqlEventLog(SqlHandle& worker) : worker_(worker) {}

  void append(Append append, AppendCallback done) override;
  void submit() override;
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override;
  void read(PageRequest request, Callback<Page> done) override;
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override;
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override;
  void went_back() override { worker_.doubt_history(); }

 private:
  SqlHandle& worker_;
};

}  // namespace kith
