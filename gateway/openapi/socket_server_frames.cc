// The server's answers, and its events that are not kept: state and ephemeral ones.
#include "gateway/openapi/socket_messages.h"

namespace kith::api {
namespace {

const Schema& user_schema() {
  static const Schema schema = id(IdKind::user);
  return schema;
}

std::vector<SocketMessage> connection_frames() {
  return {
      {"connection.ready",
       "The answer to connection.init",
       {{"id?", text()},
        {"session_id", id(IdKind::session)},
        {"user_id", user_schema()},
        {"protocol", integer()},
        {"build", text()},
        {"epoch", text()},
        {"server_time", time()},
        {"ping_interval_ms", integer()},
        {"limits", object({{"frame_bytes", integer()},
                           {"channels", integer()},
                           {"messages_per_minute", integer()}})}}},
      {"connection.expiring", "The token expires: refresh it", {{"expires_in_ms", integer()}}},
      {"connection.closing",
       "What the close will say",
       {{"code", integer()},
        {"reason", text()},
        {"reconnect", boolean()},
        {"retry_after_ms?", integer()}}},
      {"pong", "The answer to ping", {{"id?", text()}, {"server_time", time()}}},
      {"ack",
       "It is committed",
       {{"id?", text()},
        {"ack_token?", text()},
        {"chat_id?", id(IdKind::chat)},
        {"message_id?", id(IdKind::message)},
        {"client_message_id?", text()},
        {"seq?", integer()},
        {"sent_at?", time()},
        {"duplicate?", boolean()}}},
      {"error",
       "It was refused",
       {{"id?", text()},
        {"code", text()},
        {"message", text()},
        {"retry_after_ms?", integer()},
        {"client_message_id?", text()},
        {"channel?", text()}}},
  };
}

std::vector<SocketMessage> channel_frames() {
  const Schema presence = object({{"count", integer()}, {"users", list(user_schema())}});
  const Schema receipt = object({{"user_id", user_schema()}, {"last_read_seq", integer()}});
  const Schema past = object(
      {{"type", one_of({"message.new"})},
       {"chat_id", id(IdKind::chat)},
       {"seq", integer()},
       {"message_id", id(IdKind::message)},
       {"client_message_id", text()},
       {"sender_id", user_schema()},
       {"content", ref("ShownContent")},
       {"reply_to?", id(IdKind::message)},
       {"sent_at", time()},
       {"edited_at", or_null(time())},
       {"deleted_at", or_null(time())},
       {"reactions", list(object({{"emoji", text()}, {"count", integer()}, {"me", boolean()}}))},
       {"read_count", integer()}});
  return {
      {"subscribed",
       "From here on its events are live",
       {{"id?", text()},
        {"channel", text()},
        {"seq", integer()},
        {"recovered", boolean()},
        {"gap?", object({{"from", integer()}, {"to", integer()}})},
        {"receipts?", list(receipt)},
        {"presence?", presence}}},
      {"unsubscribed", "No more of it", {{"id?", text()}, {"channel", text()}, {"code?", text()}}},
      {"history",
       "A page of the messages, in the order of seq",
       {{"id?", text()},
        {"chat_id", id(IdKind::chat)},
        {"seq", integer()},
        {"messages", list(past)},
        {"next_before_seq?", or_null(integer())},
        {"next_after_seq?", or_null(integer())}}},
      {"presence",
       "Who is there",
       {{"id?", text()},
        {"channel", text()},
        {"count", integer()},
        {"users", list(user_schema())}}},
      {"leaderboard",
       "A board as it stands",
       {{"id?", text()},
        {"channel", text()},
        {"revision", integer()},
        {"total", integer()},
        {"entries", list(ref("BoardEntry"))},
        {"me", or_null(ref("BoardMe"))}}},
  };
}

std::vector<SocketMessage> passing_events() {
  const Schema chat = id(IdKind::chat);
  return {
      {"typing.start",
       "Somebody types",
       {{"chat_id", chat}, {"user_id", user_schema()}, {"expires_in_ms", integer()}}},
      {"typing.stop", "Somebody types no more", {{"chat_id", chat}, {"user_id", user_schema()}}},
      {"delivery.read",
       "Somebody has read on",
       {{"chat_id", chat},
        {"user_id", user_schema()},
        {"last_read_message_id", id(IdKind::message)},
        {"last_read_seq", integer()},
        {"read_at", time()}}},
      {"presence.join",
       "Somebody is there",
       {{"channel", text()}, {"user_id", user_schema()}, {"count", integer()}}},
      {"presence.leave",
       "Somebody is gone",
       {{"channel", text()}, {"user_id", user_schema()}, {"count", integer()}}},
      {"presence.count", "How many are there", {{"channel", text()}, {"count", integer()}}},
      {"leaderboard.updated",
       "What has moved on a board",
       {{"channel", text()},
        {"revision", integer()},
        {"base", integer()},
        {"total", integer()},
        {"entries", list(ref("BoardEntry"))}}},
  };
}

std::vector<SocketMessage> state_events() {
  return {
      {"app.state",
       "Said by another back end",
       {{"channel", text()}, {"name", text()}, {"key?", text()}, {"data", map(anything())}}},
      {"channel.read",
       "How far one has read in a channel that is no chat, on another device for example",
       {{"channel", text()},
        {"read_channel", text()},
        {"last_read_seq", integer()},
        {"read_at", time()}}},
      {"broadcast.progress",
       "How far a broadcast of a club that one organizes has come",
       {{"channel", text()},
        {"broadcast_id", id(IdKind::broadcast)},
        {"club_id", id(IdKind::club)},
        {"status", one_of({"scheduled", "sent", "cancelled"})},
        {"audience_count", integer()},
        {"delivered", integer()},
        {"seen", integer()}}},
      {"console.stats",
       "The node's figures, for admins",
       {{"at", time()},
        {"node", text()},
        {"build", text()},
        {"uptime_seconds", integer()},
        {"shards", integer()},
        {"draining", boolean()},
        {"sessions", map(integer())},
        {"channels", integer()},
        {"subscriptions", integer()},
        {"queued_bytes", integer()},
        {"connections", integer()},
        {"totals", map(integer())},
        {"latency_bounds_ms", list(integer())},
        {"ack_latency", list(integer())},
        {"delivery_latency", list(integer())},
        {"storage", object({{"healthy", boolean()},
                            {"commits", integer()},
                            {"messages", integer()},
                            {"queued_jobs", integer()}})},
        {"bus_healthy", boolean()},
        {"memory_bytes", integer()},
        {"slowest", list(object({{"user_id", user_schema()},
                                 {"session_id", id(IdKind::session)},
                                 {"queued_bytes", integer()},
                                 {"channels", integer()},
                                 {"lagging", boolean()}}))}}},
  };
}

}  // namespace

const std::vector<SocketMessage>& server_frames() {
  static const std::vector<SocketMessage> all = [] {
    auto frames = connection_frames();
    for (auto* const part : {&channel_frames, &passing_events, &state_events}) {
      for (SocketMessage& frame : part()) frames.push_back(std::move(frame));
    }
    return frames;
  }();
  return all;
}

}  // namespace kith::api
