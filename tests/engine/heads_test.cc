// The look at the heads (ARCHITECTURE 2.5): what it asks for, and that nothing falls between two.
#include <algorithm>

#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

// A store's log whose looks may be held up before they are carried out, as where each kind of
// request has threads of its own.
class LateLooks final : public EventLog {
 public:
  explicit LateLooks(EventLog& own) : own_(own) {}

  void append(Append append, AppendCallback done) override {
    own_.append(std::move(append), std::move(done));
  }
  void submit() override { own_.submit(); }
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override {
    own_.attach(channel, user, std::move(done));
  }
  void read(PageRequest request, Callback<Page> done) override {
    own_.read(std::move(request), std::move(done));
  }
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override {
    own_.measure(channel, after, std::move(done));
  }
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override {
    asked_for = asked;
    auto look = [this, position, asked = std::move(asked), done = std::move(done)]() mutable {
      own_.heads_since(position, std::move(asked), std::move(done));
    };
    if (!late) return look();
    held_ = std::move(look);
  }
  bool asks_for(const ChannelId& channel) const {
    return !asked_for || std::ranges::find(*asked_for, channel) != asked_for->end();
  }
  bool held() const { return static_cast<bool>(held_); }
  void let_go() {
    late = false;
    std::exchange(held_, {})();
  }

  bool late = false;
  AskedChannels asked_for;

 private:
  EventLog& own_;
  UniqueFunction<void()> held_;
};

struct LateCluster {
  explicit LateCluster(ClusterOptions options = {})
      : cluster(with_late_looks(std::move(options))) {}
  ClusterOptions with_late_looks(ClusterOptions options) {
    options.outside = [this](TaskQueue&) {
      return Outside{.log = [this](EventLog& own) {
        log = std::make_unique<LateLooks>(own);
        return log.get();
      }};
    };
    return options;
  }
  std::unique_ptr<LateLooks> log;
  Cluster cluster;
};

}  // namespace

TEST_CASE(
    "what a channel misses while it is opened behind a look's question is found by the next") {
  LateCluster late({.rooms = 2});
  Cluster& cluster = late.cluster;
  auto first = cluster.follow(0, 0, cluster.chat(0));
  cluster.run(2500ms);
  late.log->late = true;
  cluster.run(1500ms);
  REQUIRE(late.log->held());
  REQUIRE(late.log->asks_for(cluster.chat(0)));
  REQUIRE_FALSE(late.log->asks_for(cluster.chat(1)));
  // Opened when the question does not name it any more; then something is committed of which the
  // bus knows nothing, and only then the look is carried out.
  auto second = cluster.follow(0, 1, cluster.chat(1));
  cluster.append_elsewhere(0, cluster.chat(1), "lost");
  // More than is followed, so that the look goes by name.
  cluster.append_elsewhere(0, cluster.chat(0), "one");
  cluster.append_elsewhere(0, cluster.chat(0), "two");
  late.log->let_go();
  cluster.run(300ms);
  CHECK(first->types() == "message.new message.new");
  CHECK_FALSE(second->next().present());
  cluster.run(1500ms);
  CHECK(late.log->asks_for(cluster.chat(1)));
  CHECK(second->types() == "message.new");
}

TEST_CASE("of more channels than can be named, what was appended is looked at") {
  constexpr std::uint32_t kRooms = 1'001;
  constexpr std::uint32_t kEach = 100;  // of one socket
  LateCluster late({.users = 3, .rooms = kRooms});
  Cluster& cluster = late.cluster;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint32_t room = 0; room < kRooms; ++room) {
    if (room % kEach == 0) clients.push_back(cluster.join(0, 0));
    clients.back()->send(subscribe_frame(cluster.chat(room), "s"));
    cluster.settle();
    REQUIRE(clients.back()->next("subscribed").present());
    if (room == 900) {
      cluster.run(1500ms);
      REQUIRE(late.log->asked_for.has_value());
      CHECK(late.log->asked_for->size() == 902);  // and their own channel
    }
  }
  cluster.run(1500ms);
  CHECK_FALSE(late.log->asked_for.has_value());
  for (auto& client : clients) client->types();
  for (const std::uint32_t room : {0U, 1'000U}) {
    cluster.append_elsewhere(0, cluster.chat(room), "lost");
    cluster.run(1500ms);
    CHECK(clients[room / kEach]->types() == "message.new");
  }
}
