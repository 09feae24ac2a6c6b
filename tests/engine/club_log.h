// A club's channel beside the memory store's chats: who is a member, and its durable events,
// numbered as they are committed. One for all shards, each of which sees it through its own
// ClubLogPort; answers come with the shard's queue.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "tests/engine/cluster.h"

namespace kith::test {

struct ClubChannel {
  ClubId id{{1, 2, 3}};
  std::set<UserKey> members;
  std::vector<DurableEvent> log;

  DurableEvent commit(DurableEvent event) {
    event.channel = id;
    event.seq = log.size() + 1;
    return log.emplace_back(std::move(event));
  }
  DurableEvent post(const std::string& content) {
    DurableEvent event;
    event.type = EventType::club_post;
    event.payload = R"({"post":{"content":")" + content + R"("}})";
    return commit(std::move(event));
  }
  DurableEvent leave(const Identity& who, EventType type = EventType::club_leave) {
    members.erase(who.key);
    DurableEvent event;
    event.type = type;
    event.user = who.user;
    event.payload = R"({"status":"left"})";
    return commit(std::move(event));
  }
};

class ClubLogPort final : public EventLog {
 public:
  ClubLogPort(ClubChannel& club, TaskQueue& queue, EventLog& own)
      : club_(club), queue_(queue), own_(own) {}

  void append(Append append, AppendCallback done) override {
    own_.append(std::move(append), std::move(done));
  }
  void submit() override { own_.submit(); }
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override {
    if (channel != ChannelId(club_.id)) return own_.attach(channel, user, std::move(done));
    answer<Attached>(std::move(done), club_.members.contains(user)
                                          ? Result<Attached>(Attached{.head = club_.log.size()})
                                          : Result<Attached>(forbidden()));
  }
  void read(PageRequest request, Callback<Page> done) override {
    if (request.channel != ChannelId(club_.id)) return own_.read(request, std::move(done));
    if (request.reader && !club_.members.contains(*request.reader)) {
      return answer<Page>(std::move(done), forbidden());
    }
    Page page{.events = {}, .head = club_.log.size()};
    const Seq end = std::min<Seq>(page.head, request.after + request.events_max);
    for (Seq seq = request.after; seq < end; ++seq) page.events.push_back(club_.log[seq]);
    answer<Page>(std::move(done), std::move(page));
  }
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override {
    if (channel != ChannelId(club_.id)) return own_.measure(channel, after, std::move(done));
    answer<Measure>(std::move(done), Measure{.events = club_.log.size() - after});
  }
  // Both heal what was lost: the store's heads, and the club's.
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override {
    own_.heads_since(position, std::move(asked),
                     [this, done = std::move(done)](Result<Heads> heads) mutable {
                       if (heads) {
                         heads->heads.push_back({.channel = club_.id, .seq = club_.log.size()});
                       }
                       done(std::move(heads));
                     });
  }

 private:
  static Error forbidden() { return fail(ErrorCode::forbidden, "not a member"); }
  template <typename T>
  void answer(Callback<T> done, std::type_identity_t<Result<T>> result) {
    std::vector<Task> tasks;
    tasks.emplace_back([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
    queue_.post(std::move(tasks));
  }

  ClubChannel& club_;
  TaskQueue& queue_;
  EventLog& own_;
};

// Options for a cluster whose shards all see the club. `ports` outlives the cluster.
inline ClusterOptions with_club(ClubChannel& club, std::vector<std::unique_ptr<ClubLogPort>>& ports,
                                ClusterOptions options = {}) {
  options.outside = [&club, &ports](TaskQueue& queue) {
    return Outside{.log = [&club, &ports, &queue](EventLog& own) -> EventLog* {
      return ports.emplace_back(std::make_unique<ClubLogPort>(club, queue, own)).get();
    }};
  };
  return options;
}

}  // namespace kith::test
