// kill -9 in the middle of everything, again and again (invariants I1, I2, I4 and I5): nothing that
// was acked is lost, doubled or renumbered, and every retry is answered with the original.
#include <signal.h>

#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr int kCycles = 32;
constexpr std::size_t kSenders = 4;
constexpr std::size_t kInFlight = 40;

struct Place {
  std::int64_t seq = 0;
  std::string message_id;
  bool operator==(const Place&) const = default;
};

Place place_of(const Json& frame) {
  return {.seq = frame["seq"].number(), .message_id = frame["message_id"].text()};
}

// One user who writes as fast as acks come, until the server dies.
class Sender {
 public:
  Sender(const TestServer& server, User user, std::string chat)
      : server_(server), user_(std::move(user)), chat_(std::move(chat)) {}

  // Connects, and repeats what is not answered and some of what is; then writes on in a thread.
  void start() {
    socket_ = std::make_unique<WsClient>(connect_to(server_, user_, {chat_}));
    std::vector<std::string> repeats(unacked_.begin(), unacked_.end());
    std::size_t some = 0;
    for (auto ack = acked_.rbegin(); ack != acked_.rend() && some < 20; ++ack, ++some) {
      repeats.push_back(ack->first);
    }
    for (const auto& id : repeats) {
      const Place place = place_of(say(*socket_, chat_, id, text_of(id)));
      const auto known = acked_.find(id);
      if (known != acked_.end()) CHECK(known->second == place);
      acked_[id] = place;
    }
    unacked_.clear();
    thread_ = std::thread([this] { write(); });
  }
  void join() { thread_.join(); }

  const std::map<std::string, Place>& acked() const { return acked_; }
  const std::string& chat() const { return chat_; }
  std::size_t unacked() const { return unacked_.size(); }
  bool knows(const std::string& client_id) const {
    return acked_.contains(client_id) || unacked_.contains(client_id);
  }

 private:
  std::string text_of(const std::string& id) const { return "text of " + id; }

  void write() {
    bool sending = true;
    for (;;) {
      try {
        while (sending && unacked_.size() < kInFlight) {
          auto id = user_.id.substr(4, 26) + "." + std::to_string(1'000'000 + sent_++);
          unacked_.insert(id);
          socket_->send(message(chat_, id, text_of(id)));
        }
      } catch (const std::runtime_error&) {
        sending = false;  // dead; what it had acked before may still wait to be read
      }
      try {
        const Json frame = socket_->next();
        if (frame["type"].text() != "ack") continue;
        acked_[frame["client_message_id"].text()] = place_of(frame);
        unacked_.erase(frame["client_message_id"].text());
      } catch (const std::runtime_error&) {
        return;  // read to the end
      }
    }
  }

  const TestServer& server_;
  User user_;
  std::string chat_;
  std::unique_ptr<WsClient> socket_;
  std::thread thread_;
  std::map<std::string, Place> acked_;
  std::set<std::string> unacked_;
  int sent_ = 0;
};

// Somebody who resumes after each crash: what they see must be 1, 2, 3 … for ever.
class Witness {
 public:
  Witness(const TestServer& server, User user, std::string chat)
      : server_(server), user_(std::move(user)), chat_(std::move(chat)) {}

  // Reads everything up to the log's head as it is now.
  void catch_up() {
    WsClient socket(server_.port());
    socket.send(init_frame(user_, R"("epoch":")" + epoch_ + R"(","resume":{")" + chat_ +
                                      "\":" + std::to_string(position_) + "}"));
    epoch_ = socket.expect("connection.ready")["epoch"].text();
    for (;;) {
      const Json frame = socket.next();
      if (frame["channel"].text() == user_.id) continue;
      if (frame["type"].text() == "subscribed") {
        const auto head = frame["seq"].number();
        if (!frame["recovered"].flag()) load(socket, head);
        CHECK(position_ == head);
        return;
      }
      CHECK(frame["seq"].number() == ++position_);
      note(frame);
    }
  }
  const std::map<std::string, Place>& seen() const { return seen_; }

 private:
  void load(WsClient& socket, std::int64_t head) {
    while (position_ < head) {
      const Json page =
          socket.ask(R"({"type":"history","chat_id":")" + chat_ + R"(","limit":200,"after_seq":)" +
                     std::to_string(position_) + "}");
      REQUIRE(page["messages"].size() > 0);
      for (std::size_t i = 0; i < page["messages"].size(); ++i) {
        const auto seq = page["messages"][i]["seq"].number();
        // Before the first message stand those who joined.
        if (!seen_.empty()) CHECK(seq == position_ + 1);
        position_ = seq;
        note(page["messages"][i]);
      }
    }
  }
  void note(const Json& frame) {
    const auto id = frame["client_message_id"].text();
    if (id.empty()) return;
    const auto [known, fresh] = seen_.emplace(id, place_of(frame));
    CHECK_MESSAGE(fresh, id, " came twice");
  }

  const TestServer& server_;
  User user_;
  std::string chat_;
  std::string epoch_ = "none yet";
  std::int64_t position_ = 0;
  std::map<std::string, Place> seen_;
};

TEST_CASE("kill -9 under load: nothing acked is lost, doubled or renumbered") {
  TestServer server({"shards=2", "limits.messages_per_minute=0"});
  auto users = server.sign_up(kSenders);
  const std::vector<std::string> chats = {server.group(users[0], {users.begin() + 1, users.end()}),
                                          server.group(users[0], {users.begin() + 1, users.end()})};
  // Tokens live 15 minutes; the cycles take less than two.
  std::vector<std::unique_ptr<Sender>> senders;
  for (std::size_t i = 0; i < kSenders; ++i) {
    senders.push_back(std::make_unique<Sender>(server, users[i], chats[i % 2]));
  }
  Witness first(server, users[0], chats[0]);
  Witness second(server, users[1], chats[1]);
  std::mt19937 random(20'240'420);
  std::size_t interrupted = 0;

  for (int cycle = 0; cycle < kCycles; ++cycle) {
    CAPTURE(cycle);
    for (auto& sender : senders) sender->start();
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20 + random() % 130));  // the fault's time
    server.kill();
    for (auto& sender : senders) sender->join();
    for (auto& sender : senders) interrupted += sender->unacked();
    const auto restarting = Clock::now();
    server.start();
    CHECK(Clock::now() - restarting < 5s);
    first.catch_up();
    second.catch_up();
  }

  for (auto& sender : senders) sender->start();
  server.kill();
  for (auto& sender : senders) sender->join();
  server.start();
  first.catch_up();
  second.catch_up();
  CHECK(interrupted > 0);
  std::size_t acked = 0;
  for (const auto& sender : senders) {
    const auto& seen = (sender->chat() == chats[0] ? first : second).seen();
    for (const auto& [id, place] : sender->acked()) {
      const auto found = seen.find(id);
      REQUIRE_MESSAGE(found != seen.end(), id, " was acked and is lost");
      CHECK(found->second == place);
    }
    acked += sender->acked().size();
  }
  MESSAGE(acked, " acked, ", interrupted, " in flight when it died");
  for (const Witness* witness : {&first, &second}) {
    for (const auto& [id, place] : witness->seen()) {
      CHECK(std::ranges::any_of(senders, [&id = id](const auto& s) { return s->knows(id); }));
    }
  }
}

}  // namespace
}  // namespace kith::test
