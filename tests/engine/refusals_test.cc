// Who is refused what a frame of theirs names is told of, by the frame's type and the answer's
// code; what is no refusal is not (engine/ports/refusal_witness.h).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

constexpr std::size_t kStranger = 3;
constexpr std::string_view kAnyMessage = "msg_00000000000000000000000001";

struct Refused final : RefusalWitness {
  void refused(UserKey user, std::string_view frame, ErrorCode code) override {
    users.push_back(user);
    told.push_back(std::string(frame) + ' ' + std::string(to_string(code)));
  }
  std::vector<UserKey> users;
  std::vector<std::string> told;
};

ClusterOptions told_to(Refused& refused) {
  return {.outside = [&refused](TaskQueue&) { return Outside{.refusals = &refused}; }};
}

// Of a client's, about the chat and a message in it; `more` are further members.
std::string frame_about(Cluster& cluster, std::string_view type, std::string_view more) {
  return R"({"type":")" + std::string(type) + R"(","id":"1","chat_id":")" + cluster.chat().text() +
         R"(","message_id":")" + std::string(kAnyMessage) + "\"" + std::string(more) + "}";
}

}  // namespace

TEST_CASE("each frame that a stranger is refused is told of once, as it was answered") {
  Refused refused;
  Cluster cluster(told_to(refused));
  auto stranger = cluster.join(0, kStranger);
  stranger->types();
  const auto check = [&](std::string_view type, const std::string& frame) {
    CAPTURE(frame);
    refused = {};
    stranger->send(frame);
    cluster.settle();
    const std::string code = stranger->next()["code"].text();
    CHECK((code == "forbidden" || code == "not_found"));
    CHECK(refused.told == std::vector{std::string(type) + ' ' + code});
    CHECK(refused.users == std::vector{cluster.identity(kStranger).key});
  };
  const std::string content = R"(,"content":{"type":"text","text":"text"})";
  const std::string channel = R"(,"channel":")" + cluster.chat().text() + "\"";
  for (const auto& [type, more] : std::vector<std::pair<std::string, std::string>>{
           {"message.new", R"(,"client_message_id":"a")" + content},
           {"message.update", content},
           {"message.delete", ""},
           {"reaction.add", R"(,"emoji":"👍")"},
           {"reaction.remove", R"(,"emoji":"👍")"},
           {"moderation", R"(,"action":"hide")"},
           {"typing.start", ""},
           {"typing.stop", ""},
           {"delivery.read", R"(,"last_read_message_id":")" + std::string(kAnyMessage) + "\""},
           {"history", ""},
           {"subscribe", channel},
           {"subscribe", R"(,"channel":"none")"},
           {"presence", channel},
           {"leaderboard", R"(,"channel":"board_00000000000000000000000000")"},
           {"console", ""}}) {
    check(type, frame_about(cluster, type, more));
  }
  CHECK(stranger->open);
}

TEST_CASE("of a resume each entry is told of, and the chat whose socket closes for it") {
  Refused refused;
  Cluster cluster(told_to(refused));
  auto stranger = cluster.join(
      0, kStranger, R"(,"resume":{")" + cluster.chat().text() + R"(":0,"no channel":1})");
  CHECK(refused.told ==
        std::vector<std::string>{"connection.init not_found", "connection.init forbidden"});
  refused = {};
  auto there = cluster.join(0, kStranger, {}, {.chat = cluster.chat()});
  CHECK(there->close_code == CloseCode::chat_forbidden);
  CHECK(refused.told == std::vector<std::string>{"connection.init forbidden"});
}

TEST_CASE("what is wrong, too much or taken away is no refused access") {
  Refused refused;
  ClusterOptions options = told_to(refused);
  options.engine.messages_per_minute = 1;
  Cluster cluster(options);
  auto member = cluster.follow(0, 1, cluster.chat());
  member->send(R"({"type":"subscribe","id":"1","channel":7})");
  member->send(R"({"type":"history","id":"2","chat_id":"none"})");
  member->send(R"({"type":"dance","id":"3"})");
  member->send(message_frame(cluster.chat(), "a", "text", "4"));
  member->send(message_frame(cluster.chat(), "b", "text", "5"));
  cluster.settle();
  std::map<std::string, std::string> codes;
  for (const Json& frame : member->all()) codes[frame["id"].text()] = frame["code"].text();
  CHECK(codes == std::map<std::string, std::string>{{"1", "bad_request"},
                                                    {"2", "bad_request"},
                                                    {"3", "unknown_type"},
                                                    {"4", ""},
                                                    {"5", "rate_limited"}});
  cluster.shard(0).engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                                             [](Result<Committed> done) { CHECK(done.ok()); });
  cluster.settle();
  CHECK(member->types() == "participant.leave unsubscribed");
  CHECK(refused.told.empty());
}

TEST_CASE("who has gone before the answer was refused nothing") {
  Refused refused;
  Cluster cluster(told_to(refused));
  auto stranger = cluster.join(0, kStranger);
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::read ? MemoryFault::delay_answer : MemoryFault::none;
  });
  stranger->send(R"({"type":"presence","channel":")" + cluster.chat().text() + "\"}");
  cluster.turn();
  stranger->disconnect();
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.settle();
  CHECK(refused.told.empty());
}
