// Tells users the prompt of their day on their own channel (icebreaker.prompt), when the first of
// their sockets of that day follows it: the log's attach() of one's own channel is where that
// shows, and what is written behind it reaches that socket live. Who never connects costs nothing,
// and who has been told today costs no second look.
//
// Hands everything on to the store's log. Thread: its shard's.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "engine/ports/event_log.h"
#include "engine/ports/feeds.h"

namespace kith {

class PromptingLog final : public EventLog {
 public:
  using Publish = std::function<void(std::vector<DurableEvent> events)>;

  // `feeds` null: nobody is told anything. What is given here outlives it.
  PromptingLog(EventLog& log, Feeds* feeds, std::function<WallTime()> now, Publish publish);

  void append(Append append, AppendCallback done) override;
  void submit() override { log_.submit(); }
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override;
  void read(PageRequest request, Callback<Page> done) override;
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override;
  void heads_since(std::optional<Position> position, Callback<Heads> done) override;
  void went_back() override { log_.went_back(); }

 private:
  void tell(const UserId& user, UserKey key);

  EventLog& log_;
  Feeds* const feeds_;
  const std::function<WallTime()> now_;
  const Publish publish_;
  std::unordered_map<UserKey, WallTime> told_until_;  // when the user's next day begins
};

}  // namespace kith
