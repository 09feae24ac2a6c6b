// Each row of frame_table.h, for each relation, over a real socket. As route_table_test: who does
// not see the chat is answered as for one that does not exist, nobody's socket says what its user
// may not see, and refusals change nothing.
#include "tests/rights/frame_table.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/rights/world.h"

namespace kith::test {
namespace {

constexpr std::array<std::string_view, 9> kReplyNames = {
    "done",      "unseen",       "forbidden",   "conflict",   "bad_request",
    "not_found", "unauthorized", "closed 4502", "closed 4500"};
static_assert(kReplyNames.size() == static_cast<std::size_t>(Reply::no_token) + 1);

std::string frame_of(const FrameRow& row, std::string_view fields) {
  return R"({"type":")" + std::string(row.type) + "\"," + std::string(fields) + "}";
}

// What differs between an answer about the stage and one about nothing.
std::string without_names(std::string text, const Stage& stage) {
  for (const std::string* id : {&stage.chat, &stage.club, &stage.event}) {
    text = replaced(std::move(text), *id, "NAME");
  }
  return text;
}

Stage stage_for(World& world, const FrameRow& row) {
  Stage stage = set_stage(world);
  const auto names = [&](std::string_view what) {
    return row.fields.find(what) != row.fields.npos;
  };
  if (names("{club_id}")) add_club(world, stage, row.setting);
  if (names("{event_id}")) add_event(world, stage, row.setting);
  if (names("{board_id}")) add_board(world, stage);
  return stage;
}

Stage of_nothing(Stage stage) {
  stage.chat = unknown_id("chat_");
  stage.club = unknown_id("club_");
  stage.event = unknown_id("evt_");
  for (auto& message : stage.own_message) message = unknown_id("msg_");
  for (auto& message : stage.victims_message) message = unknown_id("msg_");
  return stage;
}

class Sockets {
 public:
  explicit Sockets(World& world) : world_(world) {
    for (std::size_t i = index_of(Relation::stranger); i < kRelations; ++i) {
      const auto relation = static_cast<Relation>(i);
      sockets_.emplace(relation, connect(world.server(), world.as(relation)));
    }
  }

  // The answer as the table has it; `text` is what was said.
  Reply ask(Relation relation, const FrameRow& row, const std::string& frame, std::string& text) {
    if (relation < Relation::stranger) return ask_from_outside(relation, frame);
    const Json answer = sockets_.at(relation).ask(frame);
    text = replaced(answer.dump(), answer["id"].text(), "ID");
    text = replaced(std::move(text), answer["client_message_id"].text(), "CLIENT_ID");
    const std::string code = answer["code"].text();
    if (answer["type"].text() != "error") {
      CHECK(answer["type"].text() == row.answer);
      return Reply::done;
    }
    if (!sees_the_chat(relation) && (code == "forbidden" || code == "not_found")) {
      return row.type == "leaderboard" ? Reply::not_found : Reply::unseen;
    }
    if (code == "forbidden" && names_a_user(row)) return Reply::unseen;
    for (std::size_t i = 0; i < kReplyNames.size(); ++i) {
      if (code == kReplyNames[i]) return static_cast<Reply>(i);
    }
    FAIL("an error that the table does not know: ", text);
    return Reply::bad;
  }

  // What else has come to them must not be of the stage.
  void check_silence(const Stage& stage) {
    for (auto& [relation, socket] : sockets_) {
      for (const Json& frame : socket.fence()) {
        if (sees_the_chat(relation)) continue;
        CAPTURE(kRelationNames[index_of(relation)]);
        CHECK(frame.dump().find(stage.canary) == std::string::npos);
      }
    }
  }

 private:
  // A channel of somebody else's is as unseen to a member as to a stranger.
  static bool names_a_user(const FrameRow& row) { return row.fields == R"("channel":"{user_id}")"; }

  Reply ask_from_outside(Relation relation, const std::string& frame) const {
    WsClient socket(world_.server().port());
    if (relation == Relation::erased) {
      socket.send(init_frame(world_.as(relation)));
    } else {
      socket.send(frame);
    }
    const auto code = socket.wait_close();
    CHECK(socket.closing().has_value());
    if (code == 4502) return Reply::too_early;
    CHECK(code == 4500);
    return Reply::no_token;
  }

  World& world_;
  std::map<Relation, WsClient> sockets_;
};

void check_cell(World& world, Sockets& sockets, const Stage& stage, const FrameRow& row,
                Relation relation) {
  CAPTURE(row.type);
  CAPTURE(row.about);
  CAPTURE(kRelationNames[index_of(relation)]);
  const Reply expected = row.reply[index_of(relation)];
  const auto ask = [&](const Stage& about, std::string& text) {
    return sockets.ask(relation, row,
                       frame_of(row, about.fill(world, relation, row.subject, row.fields)), text);
  };
  std::string text;
  const Reply reply = ask(stage, text);
  CAPTURE(text);
  CHECK(kReplyNames[static_cast<std::size_t>(reply)] ==
        kReplyNames[static_cast<std::size_t>(expected)]);
  if (reply != Reply::done || !sees_the_chat(relation)) {
    CHECK(text.find(stage.canary) == std::string::npos);
  }
  if (expected != Reply::unseen) return;
  std::string about_nothing;
  const Stage nothing = of_nothing(stage);
  CHECK(ask(nothing, about_nothing) == Reply::unseen);
  CHECK(without_names(text, stage) == without_names(about_nothing, nothing));
}

TEST_CASE("what can be followed is what the table has rows for") {
  for (std::size_t i = 0; i < kIdKinds; ++i) {
    const auto kind = static_cast<IdKind>(i);
    CAPTURE(id_prefix(kind));
    CHECK(ChannelId::parse(unknown_id(id_prefix(kind))).has_value() ==
          !channel_named(kind).empty());
  }
}

TEST_CASE("every frame is answered to everybody as the table says") {
  World world;
  Sockets sockets(world);
  for (const FrameRow& row : kFrameRows) {
    const Stage stage = stage_for(world, row);
    const std::string before = view_of(world, stage);
    for (const bool refused : {true, false}) {
      for (std::size_t i = 0; i < kRelations; ++i) {
        if ((row.reply[i] != Reply::done) != refused) continue;
        check_cell(world, sockets, stage, row, static_cast<Relation>(i));
      }
      if (refused) CHECK(view_of(world, stage) == before);
    }
    sockets.check_silence(stage);
  }
  MESSAGE(kFrameTypes.size(), " frame types, ", kFrameRows.size(), " rows, ",
          kFrameRows.size() * kRelations, " answers");
}

TEST_CASE("every path that takes WebSockets takes whom the table says") {
  World world;
  const Stage stage = set_stage(world);
  for (const SocketRow& row : kSocketRows) {
    for (std::size_t i = 0; i < kRelations; ++i) {
      CAPTURE(row.pattern);
      CAPTURE(kRelationNames[i]);
      const User& user = world.as(static_cast<Relation>(i));
      const auto open = [&](const std::string& chat) {
        WsClient socket(world.server().port(),
                        {.path = replaced(std::string(row.pattern), "{chat_id}", chat)});
        socket.send(init_frame(user));
        return socket;
      };
      WsClient socket = open(stage.chat);
      if (row.close[i] == 0) {
        CHECK(socket.expect("connection.ready")["user_id"].text() == user.id);
        continue;
      }
      CHECK(socket.wait_close() == row.close[i]);
      WsClient nothing = open(unknown_id("chat_"));
      CHECK(nothing.wait_close() == row.close[i]);
      CHECK(nothing.close_reason() == socket.close_reason());
      CHECK(nothing.closing()->dump() == socket.closing()->dump());
    }
  }
}

}  // namespace
}  // namespace kith::test
