// The frames of a client (protocol/command.h).
#include "gateway/openapi/socket_messages.h"
#include "protocol/limits.h"

namespace kith::api {
namespace {

constexpr std::int64_t kSeqMax = std::int64_t{1} << 53;

// Every frame may have an `id`, which its answer then carries.
std::vector<Member> framed(std::vector<Member> members) {
  members.push_back({"id?", text(0, limits::kFrameIdBytesMax)});
  return members;
}

std::vector<Member> in_chat(std::vector<Member> members) {
  members.insert(members.begin(),
                 {"chat_id?", id(IdKind::chat).says("may be left out on /chats/{chat_id}")});
  return framed(std::move(members));
}

std::vector<Member> of_message(std::vector<Member> members) {
  members.insert(members.begin(), {"message_id", id(IdKind::message)});
  return in_chat(std::move(members));
}

Schema channel_schema() {
  return text(1, 64).says("chat_…, club_…, evt_…, usr_… (one's own) or board_…");
}

std::vector<SocketMessage> connection_frames_of_clients() {
  return {
      {"connection.init", "The first frame, within 10 s",
       framed({{"token?", text().says("needed where it did not come with the upgrade")},
               {"client?", text()},
               {"protocol?", integer(1, 1)},
               {"epoch?", text()},
               {"resume?", map(integer(0, kSeqMax)).says("channels, and the last seq of each")},
               {"follow?", list(one_of({"chats", "clubs", "events"}))}})},
      {"connection.refresh", "A new token, before the first one expires",
       framed({{"token", text()}})},
      {"ping", "Asks for a pong", framed({})},
      {"console", "Figures once a second, for admins", framed({{"watch?", boolean()}})},
      {"subscribe", "Follows a channel, from a position on or from now on",
       framed({{"channel?", channel_schema()},
               {"after_seq?", integer(0, kSeqMax)},
               {"presence?", boolean()}})},
      {"unsubscribe", "Follows it no more", framed({{"channel?", channel_schema()}})},
      {"presence", "Who is there", framed({{"channel?", channel_schema()}})},
      {"leaderboard", "A board as it stands",
       framed({{"channel", channel_schema()},
               {"around_me?", boolean()},
               {"limit?", integer(1, kSeqMax).says("more than 100 counts as 100")}})},
  };
}

std::vector<SocketMessage> chat_frames_of_clients() {
  const Schema emoji = text(1, limits::kEmojiBytesMax).says("one emoji");
  return {
      {"message.new", "Sends a message; answered by an ack when it is committed",
       in_chat({{"client_message_id", text(1, limits::kClientMessageIdBytesMax)},
                {"content", ref("Content")},
                {"reply_to?", id(IdKind::message)}})},
      {"message.update", "Other content for one's own message",
       of_message({{"content", ref("Content")}})},
      {"message.delete", "Leaves a tombstone",
       of_message({{"reason?", text(0, limits::kReasonBytesMax)}})},
      {"reaction.add", "Reacts", of_message({{"emoji", emoji}})},
      {"reaction.remove", "Takes one's reaction back", of_message({{"emoji", emoji}})},
      {"moderation", "Keeps order",
       in_chat({{"action", one_of({"hide", "restore", "mute", "unmute", "ban", "unban"})},
                {"message_id?", id(IdKind::message).says("needed by hide and restore")},
                {"user_id?", id(IdKind::user).says("needed by the others")},
                {"reason?", text(0, limits::kReasonBytesMax)},
                {"until?", time()}})},
      {"typing.start", "One types", in_chat({})},
      {"typing.stop", "One types no more", in_chat({})},
      {"delivery.read", "Moves one's read position",
       in_chat({{"last_read_message_id", id(IdKind::message)}})},
      {"history", "A page of the messages",
       in_chat({{"before_seq?", integer(0, kSeqMax)},
                {"after_seq?", integer(0, kSeqMax).says("not with before_seq")},
                {"limit?", integer(1, kSeqMax).says("more than 200 counts as 200")}})},
  };
}

}  // namespace

const std::vector<SocketMessage>& client_frames() {
  static const std::vector<SocketMessage> all = [] {
    auto frames = connection_frames_of_clients();
    for (SocketMessage& frame : chat_frames_of_clients()) frames.push_back(std::move(frame));
    return frames;
  }();
  return all;
}

Schema payload_of(const SocketMessage& message) {
  std::vector<Member> members = {{"type", one_of({std::string(message.type)})}};
  for (const Member& member : message.members) {
    Member copy = member;
    members.push_back(std::move(copy));
  }
  return object(std::move(members));
}

}  // namespace kith::api
