// Every frame type of a client, and every path that takes WebSockets, for everybody: what comes
// back. frame_table_test is generated from it. A type without a row does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "gateway/http_router.h"
#include "protocol/command.h"
#include "protocol/ids.h"
#include "tests/rights/relation.h"

namespace kith::test {

enum class Reply : std::uint8_t {
  done,          // the frame's own answer: `answer` of the row
  unseen,        // error forbidden or not_found, as for a chat that does not exist
  forbidden,     // error forbidden
  conflict,      // error conflict
  bad,           // error bad_request
  not_found,     // error not_found, whatever one asks for
  unauthorized,  // error unauthorized; the socket stays
  too_early,     // closed with 4502: the first frame is connection.init
  no_token,      // closed with 4500
};

struct FrameRow {
  std::string_view type;
  std::string_view about;
  Subject subject;
  // Behind `type`, with {chat_id}, {message_id}, {user_id}, {club_id}, {event_id}, {board_id},
  // {unique}.
  std::string_view fields;
  std::string_view answer;  // the type of the answer where it is done
  // anonymous, erased, stranger; the server's admin, moderator and organizer; removed, banned,
  // muted, member, moderator, owner
  std::array<Reply, kRelations> reply;
  Setting setting = Setting::closed;  // of the club and its event, where `fields` names them
};

using Replies = std::array<Reply, kRelations>;
// Whoever has a token gets this one.
consteval Replies anybody(Reply reply) {
  Replies replies = {Reply::too_early, Reply::no_token};
  std::fill(replies.begin() + index_of(Relation::stranger), replies.end(), reply);
  return replies;
}
// Who sees the chat gets these; for the others it might as well not exist.
consteval Replies inside(Reply muted, Reply member, Reply moderator, Reply owner) {
  Replies replies = anybody(Reply::unseen);
  replies[index_of(Relation::muted)] = muted;
  replies[index_of(Relation::member)] = member;
  replies[index_of(Relation::moderator)] = moderator;
  replies[index_of(Relation::owner)] = owner;
  return replies;
}
inline constexpr Reply kDone = Reply::done;
inline constexpr Reply kNo = Reply::forbidden;

// clang-format off
inline constexpr std::array kFrameRows = {
    FrameRow{"connection.init", "again", Subject::own, R"("token":"")", "",
             {Reply::no_token, Reply::no_token, Reply::bad, Reply::bad, Reply::bad, Reply::bad,
              Reply::bad, Reply::bad, Reply::bad, Reply::bad, Reply::bad, Reply::bad}},
    FrameRow{"connection.refresh", "with no token", Subject::own, R"("token":"none")", "",
             anybody(Reply::unauthorized)},
    FrameRow{"ping", "", Subject::own, R"("x":1)", "pong", anybody(kDone)},
    FrameRow{"leaderboard", "", Subject::own, R"("channel":"board_00000000000000000000000000")", "",
             anybody(Reply::not_found)},

    FrameRow{"console", "", Subject::own, R"("watch":false)", "ack",
             {Reply::too_early, Reply::no_token, Reply::unseen, kDone, Reply::unseen,
              Reply::unseen, Reply::unseen, Reply::unseen, kNo, kNo, kNo, kNo}},

    FrameRow{"subscribe", "the chat", Subject::own, R"("channel":"{chat_id}","after_seq":0)",
             "subscribed", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"subscribe", "another's own channel", Subject::theirs, R"("channel":"{user_id}")", "",
             anybody(Reply::unseen)},
    // What is inside a club is for its members, also where everybody sees it over HTTP; an event is
    // followed by whoever may see it, and a draft by nobody; boards are everybody's.
    FrameRow{"subscribe", "a private club", Subject::own, R"("channel":"{club_id}","after_seq":0)",
             "subscribed", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"subscribe", "a public club", Subject::own, R"("channel":"{club_id}","after_seq":0)",
             "subscribed", inside(kDone, kDone, kDone, kDone), Setting::open},
    FrameRow{"subscribe", "a private club's event", Subject::own,
             R"("channel":"{event_id}","after_seq":0)", "subscribed",
             inside(kDone, kDone, kDone, kDone)},
    FrameRow{"subscribe", "an event for everybody", Subject::own, R"("channel":"{event_id}")",
             "subscribed", anybody(kDone), Setting::open},
    FrameRow{"subscribe", "an unlisted event", Subject::own, R"("channel":"{event_id}")",
             "subscribed", anybody(kDone), Setting::unlisted},
    FrameRow{"subscribe", "a draft", Subject::own, R"("channel":"{event_id}","after_seq":0)", "",
             inside(kNo, kNo, kNo, kNo), Setting::draft},
    FrameRow{"subscribe", "a board", Subject::own, R"("channel":"{board_id}")", "subscribed",
             anybody(kDone)},
    FrameRow{"unsubscribe", "the chat", Subject::own, R"("channel":"{chat_id}")", "unsubscribed",
             anybody(kDone)},
    FrameRow{"unsubscribe", "one's own channel", Subject::own, R"("channel":"{user_id}")", "",
             anybody(Reply::bad)},
    FrameRow{"presence", "of the chat", Subject::own, R"("channel":"{chat_id}")", "presence",
             inside(kDone, kDone, kDone, kDone)},
    FrameRow{"presence", "of another's own channel", Subject::theirs, R"("channel":"{user_id}")",
             "", anybody(Reply::unseen)},
    FrameRow{"presence", "of a private club", Subject::own, R"("channel":"{club_id}")",
             "presence", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"presence", "of a public club", Subject::own, R"("channel":"{club_id}")",
             "presence", inside(kDone, kDone, kDone, kDone), Setting::open},
    FrameRow{"presence", "of a private club's event", Subject::own, R"("channel":"{event_id}")",
             "presence", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"presence", "of a draft", Subject::own, R"("channel":"{event_id}")", "",
             inside(kNo, kNo, kNo, kNo), Setting::draft},
    FrameRow{"history", "", Subject::own, R"("chat_id":"{chat_id}")", "history",
             inside(kDone, kDone, kDone, kDone)},

    FrameRow{"message.new", "", Subject::own,
             R"("chat_id":"{chat_id}","client_message_id":"{unique}",)"
             R"("content":{"type":"text","text":"hello"})",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"message.new", "an answer to another's message", Subject::theirs,
             R"("chat_id":"{chat_id}","client_message_id":"{unique}","reply_to":"{message_id}",)"
             R"("content":{"type":"text","text":"hello"})",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"message.update", "one's own", Subject::own,
             R"("chat_id":"{chat_id}","message_id":"{message_id}",)"
             R"("content":{"type":"text","text":"edited"})",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"message.update", "another's", Subject::theirs,
             R"("chat_id":"{chat_id}","message_id":"{message_id}",)"
             R"("content":{"type":"text","text":"edited"})",
             "", inside(kNo, kNo, kNo, kNo)},
    FrameRow{"message.delete", "one's own", Subject::own,
             R"("chat_id":"{chat_id}","message_id":"{message_id}")",
             "ack", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"message.delete", "another's", Subject::theirs,
             R"("chat_id":"{chat_id}","message_id":"{message_id}")",
             "ack", inside(kNo, kNo, kDone, kDone)},
    FrameRow{"reaction.add", "", Subject::theirs,
             R"("chat_id":"{chat_id}","message_id":"{message_id}","emoji":"👍")",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"reaction.remove", "", Subject::theirs,
             R"("chat_id":"{chat_id}","message_id":"{message_id}","emoji":"👍")",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"typing.start", "", Subject::own, R"("chat_id":"{chat_id}")",
             "ack", inside(kNo, kDone, kDone, kDone)},
    FrameRow{"typing.stop", "", Subject::own, R"("chat_id":"{chat_id}")",
             "ack", inside(kDone, kDone, kDone, kDone)},
    FrameRow{"delivery.read", "", Subject::theirs,
             R"("chat_id":"{chat_id}","last_read_message_id":"{message_id}")",
             "ack", inside(kDone, kDone, kDone, kDone)},

    FrameRow{"moderation", "mute", Subject::theirs,
             R"("chat_id":"{chat_id}","action":"mute","user_id":"{user_id}")",
             "ack", inside(kNo, kNo, kDone, kDone)},
    FrameRow{"moderation", "unmute oneself", Subject::own,
             R"("chat_id":"{chat_id}","action":"unmute","user_id":"{user_id}")", "",
             inside(kNo, kNo, kNo, kNo)},
    FrameRow{"moderation", "unban oneself", Subject::own,
             R"("chat_id":"{chat_id}","action":"unban","user_id":"{user_id}")", "",
             inside(kNo, kNo, kNo, kNo)},
    FrameRow{"moderation", "ban", Subject::theirs,
             R"("chat_id":"{chat_id}","action":"ban","user_id":"{user_id}")",
             "ack", inside(kNo, kNo, kDone, kDone)},
    FrameRow{"moderation", "ban the owner", Subject::owners,
             R"("chat_id":"{chat_id}","action":"ban","user_id":"{user_id}")", "",
             inside(kNo, kNo, kNo, kNo)},
    FrameRow{"moderation", "hide", Subject::theirs,
             R"("chat_id":"{chat_id}","action":"hide","message_id":"{message_id}")",
             "ack", inside(kNo, kNo, kDone, kDone)},
};
// clang-format on

// What becomes of a socket on a path that takes WebSockets, once connection.init has come.
struct SocketRow {
  std::string_view pattern;
  // The close code, 0: it stays.
  std::array<int, kRelations> close;
};
inline constexpr std::array kSocketRows = {
    SocketRow{"/ws", {4500, 4500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    SocketRow{"/chats/{chat_id}", {4500, 4500, 4503, 4503, 4503, 4503, 4503, 4503, 0, 0, 0, 0}},
};

// By what a row names a channel of this kind; "": what has no channel.
constexpr std::string_view channel_named(IdKind kind) {
  switch (kind) {
    case IdKind::user:
      return "{user_id}";
    case IdKind::chat:
      return "{chat_id}";
    case IdKind::club:
      return "{club_id}";
    case IdKind::event:
      return "{event_id}";
    case IdKind::board:
      return "{board_id}";
    case IdKind::message:
    case IdKind::session:
    case IdKind::report:
    case IdKind::notification:
    case IdKind::delivery:
    case IdKind::activity:
    case IdKind::post:
    case IdKind::broadcast:
    case IdKind::rsvp:
    case IdKind::service:
    case IdKind::moderation_case:
      break;
  }
  return {};
}
inline constexpr std::size_t kIdKinds = static_cast<std::size_t>(IdKind::moderation_case) + 1;

consteval bool every_kind_of_channel_has_a_row() {
  for (std::size_t i = 0; i < kIdKinds; ++i) {
    const std::string_view name = channel_named(static_cast<IdKind>(i));
    const bool found = std::ranges::any_of(kFrameRows, [&](const FrameRow& row) {
      return row.type == "subscribe" && row.fields.find(name) != row.fields.npos;
    });
    if (!name.empty() && !found) return false;
  }
  return true;
}
consteval bool every_frame_type_has_a_row() {
  return std::ranges::all_of(kFrameTypes, [](std::string_view type) {
    return std::ranges::any_of(kFrameRows, [&](const FrameRow& row) { return row.type == type; });
  });
}
consteval bool every_row_has_a_frame_type() {
  return std::ranges::all_of(kFrameRows, [](const FrameRow& row) {
    return std::ranges::find(kFrameTypes, row.type) != kFrameTypes.end();
  });
}
consteval bool every_websocket_path_has_a_row() {
  return std::ranges::all_of(kWebSocketPaths, [](std::string_view path) {
    return std::ranges::any_of(kSocketRows,
                               [&](const SocketRow& row) { return row.pattern == path; });
  });
}
static_assert(every_kind_of_channel_has_a_row(),
              "nobody tries to subscribe to some kind of channel");
static_assert(every_frame_type_has_a_row(), "a frame type of protocol/command.h has no row above");
static_assert(every_row_has_a_frame_type(), "a row above is about no frame type");
static_assert(every_websocket_path_has_a_row(), "a path that takes WebSockets has no row above");

}  // namespace kith::test
