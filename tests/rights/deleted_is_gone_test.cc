// What was deleted or edited away is nowhere: on disk, in what the server writes to its log, in a
// replay, a history, a preview, a metric. Canaries stand in the texts, the attachments and their
// metadata; first they must be found, so that not finding them afterwards says something.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "storage/sqlite_connection.h"
#include "tests/rights/world.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

constexpr int kMessages = 150;
constexpr std::string_view kMark = "canary-";
constexpr auto kGoneWithin = 60s;  // the server promises 10 s; this is for slow machines

class Conversation {
 public:
  Conversation()
      : world_({"shards=2", "log.level=trace"}),
        stage_(set_stage(world_)),
        writer_(connect_to(world_.server(), world_.as(Relation::member), {stage_.chat})),
        owner_(connect_to(world_.server(), world_.as(Relation::owner), {stage_.chat})) {
    for (int i = 0; i < kMessages; ++i) write(i);
    for (int i = 0; i < kMessages; i += 3) edit(messages_[static_cast<std::size_t>(i)]);
    keeper_ = unknown_id("keeper-");
    say(writer_, stage_.chat, "keeper", keeper_);
  }

  World& world() { return world_; }
  const Stage& stage() const { return stage_; }
  const std::string& keeper() const { return keeper_; }

  // All of them, by everybody who may and in every way there is.
  void delete_all() {
    HttpClient http = world_.server().http();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const std::string& id = messages_[i];
      if (i % 7 == 0) {
        const auto hide = about("moderation", stage_.chat, id, R"("action":"hide")");
        CHECK(owner_.ask(hide)["type"].text() == "ack");
      }
      if (i % 2 == 0) {
        CHECK((i % 3 == 0 ? owner_ : writer_)
                  .ask(about("message.delete", stage_.chat, id))["type"]
                  .text() == "ack");
      } else {
        const Relation by = i % 3 == 0 ? Relation::moderator : Relation::member;
        const std::string path = "/chats/" + stage_.chat + "/messages/" + id;
        CHECK(http.del(path, world_.as(by).token).status == 200);
      }
    }
  }

  // How many canaries of the messages stand in this text.
  int found_in(const std::string& text) const {
    int found = 0;
    for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
      if (canaries_.contains(text.substr(at, kMark.size() + 26))) ++found;
    }
    return found;
  }
  int canaries() const { return static_cast<int>(canaries_.size()); }
  // In all files of the server: database, write-ahead log, its index, secrets, log.
  int found_on_disk() const {
    int found = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(world_.server().directory())) {
      if (entry.is_regular_file()) found += found_in(read_file(entry.path()));
    }
    return found;
  }

 private:
  std::string content(int size) {
    std::array<std::string, 3> part;
    for (std::string& canary : part) {
      canary = unknown_id(kMark);
      canaries_.insert(canary);
    }
    return R"("content":{"type":"text","text":")" + part[0] +
           std::string(static_cast<std::size_t>(size), 'x') + R"(","attachments":[{"media_id":")" +
           part[1] + R"(","metadata":{"caption":")" + part[2] + "\"}}]}";
  }
  void write(int number) {
    const std::string frame = R"({"type":"message.new","chat_id":")" + stage_.chat +
                              R"(","client_message_id":"m)" + std::to_string(number) + "\"," +
                              content(number * 37 % 900) + "}";
    const Json ack = writer_.ask(frame);
    REQUIRE(ack["type"].text() == "ack");
    messages_.push_back(ack["message_id"].text());
    owner_.ask(about("reaction.add", stage_.chat, messages_.back(), R"("emoji":"👍")"));
  }
  // Twice, to a longer and to a shorter one.
  void edit(const std::string& message) {
    for (const int size : {1200, 3}) {
      const auto frame = about("message.update", stage_.chat, message, content(size));
      REQUIRE(writer_.ask(frame)["type"].text() == "ack");
    }
  }

  mutable World world_;
  Stage stage_;
  WsClient writer_;
  WsClient owner_;
  std::vector<std::string> messages_;
  std::set<std::string> canaries_;  // of every version of them
  std::string keeper_;
};

// Everything that the server says of the chat, to whoever may see it.
std::string all_that_is_told(Conversation& conversation) {
  TestServer& server = conversation.world().server();
  const User& reader = conversation.world().as(Relation::moderator);
  const std::string& chat = conversation.stage().chat;
  HttpClient http = server.http();
  std::string text = http.get("/metrics").body + http.get("/status").body;
  text += http.get("/chats", reader.token).body + http.get("/chats/" + chat, reader.token).body;
  text += http.get("/chats/" + chat + "/messages?limit=200", reader.token).body;
  WsClient socket = connect(server, reader);
  for (int from = 0; from < 3 * kMessages; from += 200) {
    text += socket
                .ask(R"({"type":"history","limit":200,"chat_id":")" + chat + R"(","after_seq":)" +
                     std::to_string(from) + "}")
                .dump();
  }
  text += subscribe(socket, chat, R"("after_seq":0)").dump();
  for (const Json& frame : socket.fence()) text += frame.dump();
  // And as a client resumes, from not long ago: what the recent window holds.
  const auto head = http.get("/chats/" + chat, reader.token).json()["seq"].number();
  const std::string epoch = http.get("/status").json()["epoch"].text();
  WsClient resumed = connect(
      server, reader,
      R"("epoch":")" + epoch + R"(","resume":{")" + chat + "\":" + std::to_string(head - 40) + "}");
  for (const Json& frame : resumed.fence()) text += frame.dump();
  return text;
}

// What SQLite says of the file, whose unused bytes were overwritten.
std::string integrity(const TestServer& server) {
  auto db =
      SqliteConnection::open((server.data() / "kith.db").string(), SqliteConnection::Mode::look);
  REQUIRE(db);
  auto row = (*db)->query("PRAGMA integrity_check");
  return row.next() ? std::string(row.text(0)) : "no answer";
}

void check_gone_from_disk(const Conversation& conversation) {
  CHECK_MESSAGE(await_condition(Clock::now() + kGoneWithin, 200ms,
                                [&] { return conversation.found_on_disk() == 0; }),
                conversation.found_on_disk(), " canaries are still on disk");
}

TEST_CASE("what is deleted goes from the disk by itself, and from all that is told") {
  Conversation conversation;
  REQUIRE(conversation.found_on_disk() > conversation.canaries() / 2);
  REQUIRE(conversation.found_in(all_that_is_told(conversation)) > 0);
  conversation.delete_all();
  CHECK(conversation.found_in(all_that_is_told(conversation)) == 0);
  check_gone_from_disk(conversation);
  // What is not deleted is told on, and is on disk: the search finds what there is.
  const std::string told = all_that_is_told(conversation);
  CHECK(told.find(conversation.keeper()) != std::string::npos);
  TestServer& server = conversation.world().server();
  CHECK(server.terminate() == 0);
  CHECK(conversation.found_on_disk() == 0);
  CHECK(read_file(server.data() / "kith.db").find(conversation.keeper()) != std::string::npos);
  CHECK(integrity(server) == "ok");
  server.start();
  CHECK(conversation.found_in(all_that_is_told(conversation)) == 0);
  MESSAGE(conversation.canaries(), " canaries of ", kMessages, " messages, none left");
}

TEST_CASE("what was deleted just before a kill goes from the disk after the next start") {
  Conversation conversation;
  conversation.delete_all();
  TestServer& server = conversation.world().server();
  server.kill();
  REQUIRE(conversation.found_on_disk() > 0);
  server.start();
  CHECK(conversation.found_in(all_that_is_told(conversation)) == 0);
  check_gone_from_disk(conversation);
  CHECK(server.terminate() == 0);
  CHECK(integrity(server) == "ok");
}

}  // namespace
}  // namespace kith::test
