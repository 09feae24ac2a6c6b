// The shapes of PROTOCOL section 4, to the letter.
#include "protocol/event.h"

#include <simdjson.h>

#include "tests/protocol/frame_support.h"

namespace kith {

using namespace test;

namespace {

constexpr std::string_view kDigits = "01ARZ3NDEKTSV4RRFFQ69G5FA";

// The id of a kind whose last digit is given: A, B, C ... where ids must differ.
template <typename AnyId>
AnyId id_of(const char* prefix, char last) {
  const auto id = AnyId::parse(fmt::format("{}{}{}", prefix, kDigits, last));
  REQUIRE(id);
  return *id;
}

ChannelId chat_channel() {
  return id_of<ChatId>("chat_", 'C');
}
UserId user(char last) {
  return id_of<UserId>("usr_", last);
}
MessageId message(char last) {
  return id_of<MessageId>("msg_", last);
}

constexpr WallTime kAt{std::chrono::milliseconds{1'713'632'700'007}};

DurableEvent event_of(EventType type) {
  DurableEvent event;
  event.type = type;
  event.channel = chat_channel();
  event.seq = 129;
  event.at = kAt;
  return event;
}

std::string json_of(const DurableEvent& event) {
  std::string out;
  append_event_json(out, event);
  simdjson::dom::parser parser;
  CHECK(parser.parse(out).error() == simdjson::SUCCESS);
  return out;
}

// Writes "usr_A" out as the whole id; ' as ".
std::string expected(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool last_digit =
        i > 0 && pattern[i - 1] == '_' && pattern[i] >= 'A' && pattern[i] <= 'Z';
    if (last_digit) out += kDigits;
    out += pattern[i] == '\'' ? '"' : pattern[i];
  }
  return out;
}

}  // namespace

TEST_CASE("message.new") {
  auto event = event_of(EventType::message_new);
  event.user = user('A');
  event.message = message('M');
  event.client_message_id = "tmp-\"1";
  event.content = R"({"type":"text","text":"hi"})";
  event.reply_to = message('R');
  CHECK(json_of(event) ==
        expected("{'type':'message.new','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
                 "'client_message_id':'tmp-\\'1','sender_id':'usr_A',"
                 "'content':{'type':'text','text':'hi'},'reply_to':'msg_R',"
                 "'sent_at':'2024-04-20T17:05:00.007Z'}"));
  event.reply_to.reset();
  event.client_message_id.clear();
  event.content = kTombstoneJson;
  CHECK(json_of(event) ==
        expected("{'type':'message.new','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
                 "'sender_id':'usr_A','content':{'type':'tombstone'},"
                 "'sent_at':'2024-04-20T17:05:00.007Z'}"));
  event.content.clear();  // nothing left of it
  CHECK(json_of(event).find(R"("content":{"type":"tombstone"})") != std::string::npos);
}

TEST_CASE("message.update and message.delete") {
  auto update = event_of(EventType::message_update);
  update.user = user('A');
  update.message = message('M');
  update.content = R"({"type":"text","text":"new"})";
  CHECK(json_of(update) ==
        expected("{'type':'message.update','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
                 "'content':{'type':'text','text':'new'},'edited_at':'2024-04-20T17:05:00.007Z'}"));

  auto removal = event_of(EventType::message_delete);
  removal.user = user('A');
  removal.message = message('M');
  const std::string by_sender = expected(
      "{'type':'message.delete','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
      "'deleted_at':'2024-04-20T17:05:00.007Z'}");
  CHECK(json_of(removal) == by_sender);
  removal.by = user('A');
  CHECK(json_of(removal) == by_sender);
  removal.by = user('B');
  CHECK(json_of(removal) ==
        expected("{'type':'message.delete','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
                 "'deleted_at':'2024-04-20T17:05:00.007Z','moderator_id':'usr_B'}"));
}

TEST_CASE("reactions") {
  auto event = event_of(EventType::reaction_add);
  event.user = user('A');
  event.message = message('M');
  event.emoji = "👍";
  CHECK(json_of(event) ==
        expected("{'type':'reaction.add','chat_id':'chat_C','seq':129,'message_id':'msg_M',"
                 "'user_id':'usr_A','emoji':'👍'}"));
  event.type = EventType::reaction_remove;
  CHECK(json_of(event).starts_with(R"({"type":"reaction.remove",)"));
}

TEST_CASE("participants") {
  auto join = event_of(EventType::participant_join);
  join.user = user('A');
  join.by = user('B');
  join.role = ParticipantRole::moderator;
  CHECK(json_of(join) ==
        expected("{'type':'participant.join','chat_id':'chat_C','seq':129,'user_id':'usr_A',"
                 "'role':'moderator','by':'usr_B'}"));
  auto leave = event_of(EventType::participant_leave);
  leave.user = user('A');
  CHECK(json_of(leave) ==
        expected("{'type':'participant.leave','chat_id':'chat_C','seq':129,'user_id':'usr_A'}"));
  leave.by = user('B');
  CHECK(json_of(leave) ==
        expected("{'type':'participant.leave','chat_id':'chat_C','seq':129,'user_id':'usr_A',"
                 "'by':'usr_B'}"));
}

TEST_CASE("moderation") {
  auto event = event_of(EventType::system_moderation);
  event.action = command::ModerationAction::mute;
  event.user = user('A');
  event.by = user('B');
  event.reason = "loud";
  event.until = kAt;
  CHECK(json_of(event) ==
        expected("{'type':'system.moderation','chat_id':'chat_C','seq':129,'action':'mute',"
                 "'user_id':'usr_A','moderator_id':'usr_B','reason':'loud',"
                 "'until':'2024-04-20T17:05:00.007Z'}"));
  auto hide = event_of(EventType::system_moderation);
  hide.message = message('M');
  hide.by = user('B');
  CHECK(json_of(hide) ==
        expected("{'type':'system.moderation','chat_id':'chat_C','seq':129,'action':'hide',"
                 "'message_id':'msg_M','moderator_id':'usr_B'}"));
}

TEST_CASE("events of a user's own channel name it as channel") {
  auto revoked = event_of(EventType::session_revoked);
  revoked.channel = user('A');
  revoked.user = user('A');
  revoked.payload = R"({"session_id":"ses_1"})";
  CHECK(json_of(revoked) ==
        expected("{'type':'session.revoked','channel':'usr_A','seq':129,'session_id':'ses_1'}"));
  revoked.payload = "{}";
  CHECK(json_of(revoked) == expected("{'type':'session.revoked','channel':'usr_A','seq':129}"));

  auto notification = event_of(EventType::notification_new);
  notification.channel = user('A');
  notification.payload = R"({"id":"ntf_1","payload":{"a":[]}})";
  CHECK(json_of(notification) == expected("{'type':'notification.new','channel':'usr_A','seq':129,"
                                          "'notification':{'id':'ntf_1','payload':{'a':[]}}}"));
}

TEST_CASE("every type of event has a name of its own and makes JSON with nothing set") {
  std::vector<std::string> names;
  for (int type = 1; type <= 10; ++type) {
    const auto event = event_of(static_cast<EventType>(type));
    const std::string name(to_string(event.type));
    CHECK(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
    CHECK(json_of(event).starts_with("{\"type\":\"" + name + "\",\"chat_id\":"));
  }
}

TEST_CASE("roles read as they are written") {
  for (const auto role :
       {ParticipantRole::member, ParticipantRole::moderator, ParticipantRole::owner}) {
    CHECK(parse_participant_role(to_string(role)) == role);
  }
  CHECK_FALSE(parse_participant_role("Owner"));
  CHECK_FALSE(parse_participant_role(""));
}

TEST_CASE("an event's frame is the header and the JSON, behind what stood there, at every length") {
  auto event = event_of(EventType::session_revoked);
  event.payload = R"({"a":""})";
  const std::size_t around = json_of(event).size();
  for (const std::size_t size : {110u, 125u, 126u, 127u, 300u, 65'535u, 65'536u, 70'000u}) {
    event.payload = "{\"a\":\"" + std::string(size - around, 'x') + "\"}";
    const std::string json = json_of(event);
    REQUIRE(json.size() == size);
    std::string by_hand = "before";
    append_frame_header(by_hand, Opcode::text, size);
    by_hand += json;
    std::string frame = "before";
    append_event_frame(frame, event);
    CHECK(frame == by_hand);
    std::string text = "before";
    append_text_frame(text, json);
    CHECK(text == by_hand);
  }
}

TEST_CASE("acks, with all parts and with as few as there are") {
  std::string out;
  append_ack_json(out, {.id = "17",
                        .chat = id_of<ChatId>("chat_", 'C'),
                        .message = message('M'),
                        .client_message_id = "tmp-123",
                        .seq = 129,
                        .sent_at = kAt});
  CHECK(out == expected("{'type':'ack','id':'17','ack_token':'ack_M','chat_id':'chat_C',"
                        "'message_id':'msg_M','client_message_id':'tmp-123','seq':129,"
                        "'sent_at':'2024-04-20T17:05:00.007Z'}"));
  out.clear();
  append_ack_json(out, {.chat = id_of<ChatId>("chat_", 'C'), .duplicate = true});
  CHECK(out == expected("{'type':'ack','chat_id':'chat_C','duplicate':true}"));
  out.clear();
  append_ack_json(out, {.id = "a\"b"});  // of a command that is about no chat
  CHECK(out == R"({"type":"ack","id":"a\"b"})");
}

TEST_CASE("errors, with all parts and with as few as there are") {
  std::string out;
  append_error_json(out, {.id = "18",
                          .code = ErrorCode::rate_limited,
                          .message = "slow \"down\"",
                          .client_message_id = "tmp-124",
                          .channel = "cha\nnel",
                          .retry_after = std::chrono::milliseconds{1500}});
  CHECK(out == R"({"type":"error","id":"18","code":"rate_limited","message":"slow \"down\"",)"
               R"("retry_after_ms":1500,"client_message_id":"tmp-124","channel":"cha\nnel"})");
  out.clear();
  append_error_json(out, {.code = ErrorCode::internal, .message = "m"});
  CHECK(out == R"({"type":"error","code":"internal","message":"m"})");
}

}  // namespace kith
