// The same over the socket as refused_access_test over HTTP: who is refused what a frame of theirs
// names leaves an entry of the audit log, by the frame's type and the code of the answer; and both
// doors share what a caller may leave there.
#include <doctest/doctest.h>

#include "tests/rights/frame_table.h"
#include "tests/rights/refusals.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

std::string entry_of_frame(std::string_view type, std::string_view code) {
  return R"({"frame":")" + std::string(type) + R"(","code":")" + std::string(code) + R"("})";
}

// All that this user is given of what is stored about them.
std::string own_export(World& world, const User& user) {
  HttpClient http = world.server().http();
  std::string all;
  std::string path = "/users/me/export?limit=500";
  for (;;) {
    const HttpResponse page = http.get(path, user.token);
    REQUIRE(page.status == 200);
    all += page.body;
    const std::string cursor = page.json()["next_cursor"].text();
    if (cursor.empty()) return all;
    path = "/users/me/export?limit=500&cursor=" + cursor;
  }
}

TEST_CASE("a refused frame is in the audit log: who, its type, and the answer's code") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  const User& stranger = world.as(Relation::stranger);
  WsClient socket = connect(world.server(), stranger);
  std::vector<std::string> expected;
  const auto refuse = [&](std::string_view type, const std::string& frame) {
    CAPTURE(frame);
    const std::string code = socket.ask(frame)["code"].text();
    CHECK((code == "forbidden" || code == "not_found"));
    expected.push_back(entry_of_frame(type, code));
  };
  const std::string their_message = stage.victims_message[0];
  const std::string emoji = R"("emoji":"👍")";
  refuse("subscribe", R"({"type":"subscribe","channel":")" + stage.chat + "\"}");
  refuse("subscribe", R"({"type":"subscribe","channel":")" + unknown_id("chat_") + "\"}");
  refuse("presence", R"({"type":"presence","channel":")" + world.other(0).id + "\"}");
  refuse("message.new", message(stage.chat, "guess", "a secret text"));
  refuse("message.update", about("message.update", stage.chat, their_message,
                                 R"("content":{"type":"text","text":"mine"})"));
  refuse("message.delete", about("message.delete", stage.chat, their_message));
  refuse("reaction.remove", about("reaction.remove", stage.chat, their_message, emoji));
  refuse("typing.stop", R"({"type":"typing.stop","chat_id":")" + stage.chat + "\"}");
  refuse("console", R"({"type":"console","watch":true})");
  // What nobody has reads like what somebody else has.
  CHECK(expected[0] == expected[1]);
  CHECK(await_refusals(world, stranger, expected.size()) == expected);
  // And they are told so in what is theirs to have.
  const std::string theirs = own_export(world, stranger);
  for (const std::string& entry : expected) CHECK(theirs.find(entry) != std::string::npos);
}

TEST_CASE("a chat that one has been removed from is refused to a resume, and to its own socket") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  const std::vector refused{entry_of_frame("connection.init", "forbidden")};
  const User& removed = world.as(Relation::removed);
  WsClient resumed = connect(world.server(), removed, R"("resume":{")" + stage.chat + R"(":0})");
  CHECK(resumed.wait_for("error")["code"].text() == "forbidden");
  CHECK(await_refusals(world, removed, 1) == refused);

  const User& banned = world.as(Relation::banned);
  WsClient socket(world.server().port(), {.path = "/chats/" + stage.chat});
  socket.send(init_frame(banned));
  CHECK(socket.wait_close() == 4503);
  CHECK(await_refusals(world, banned, 1) == refused);
}

// Each row is asked by a user of its own, who is a stranger to the chat and has all entries yet.
TEST_CASE("whatever frame is refused to a stranger leaves an entry, whatever is not leaves none") {
  constexpr std::size_t kOnStage = 8;
  World world({"shards=1"}, kOnStage + kFrameRows.size());
  Stage stage = set_stage(world);
  add_event(world, stage);
  add_board(world, stage);
  std::vector<std::vector<std::string>> expected;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kFrameRows.size(); ++i) {
    const FrameRow& row = kFrameRows[i];
    const std::string fields = stage.fill(world, Relation::stranger, row.subject, row.fields);
    WsClient socket = connect(world.server(), world.other(kOnStage + i));
    const std::string code =
        socket.ask(R"({"type":")" + std::string(row.type) + "\"," + fields + "}")["code"].text();
    expected.emplace_back();
    if (code != "forbidden" && code != "not_found") continue;
    expected.back().push_back(entry_of_frame(row.type, code));
    ++refused;
  }
  CHECK(refused > 20);
  // Behind them all in the store: once this is there, theirs would be.
  const User& last = world.as(Relation::stranger);
  CHECK(world.server().http().get("/chats/" + stage.chat, last.token).status == 404);
  CHECK(await_refusals(world, last, 1).size() == 1);
  for (std::size_t i = 0; i < kFrameRows.size(); ++i) {
    CAPTURE(kFrameRows[i].type);
    CAPTURE(kFrameRows[i].about);
    CHECK(refusals_of(world, world.other(kOnStage + i)) == expected[i]);
  }
}

TEST_CASE("a flood of refused frames leaves few entries, and HTTP tells how many they were") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  HttpClient http = world.server().http();
  const User& stranger = world.as(Relation::stranger);
  const std::string frame = R"({"type":"presence","channel":")" + stage.chat + "\"}";
  const auto start = Clock::now();
  std::size_t asked = 0;
  while (asked < 1000) {
    // No socket lives through more than 200 errors.
    WsClient socket = connect(world.server(), stranger);
    for (int i = 0; i < 100; ++i, ++asked) {
      REQUIRE(socket.ask(frame)["code"].text() == "forbidden");
    }
  }
  std::vector<std::string> found;
  std::size_t told = 0;
  CHECK(await_condition(Clock::now() + kPatience, 50ms, [&] {
    REQUIRE(http.get("/chats/" + stage.chat, stranger.token).status == 404);
    ++asked;
    found = refusals_of(world, stranger);
    told = told_by(found);
    return told > 1000;
  }));
  CHECK(told <= asked);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(Clock::now() - start).count();
  CHECK(found.size() <= kRefusalsAtOnce + static_cast<std::size_t>(seconds));
  REQUIRE_FALSE(found.empty());
  CHECK(found.front() == entry_of_frame("presence", "forbidden"));
  CHECK(found.back().starts_with(R"({"route":"GET /chats/{chat_id}","status":404)"));

  // And nobody else's entry is lost in it.
  const User& removed = world.as(Relation::removed);
  WsClient other = connect(world.server(), removed);
  CHECK(other.ask(frame)["code"].text() == "forbidden");
  CHECK(await_refusals(world, removed, 1) == std::vector{entry_of_frame("presence", "forbidden")});
  MESSAGE(asked, " refused, ", found.size(), " entries, which tell of ", told);
}

}  // namespace
}  // namespace kith::test
