// What a LoadClient says, and how it understands what it hears (PROTOCOL sections 2 to 5).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bench/json_fields.h"
#include "bench/load_client.h"
#include "protocol/command.h"

namespace kith::bench {

Seen LoadClient::seen_of(Element frame) {
  return {.seq = number_of(frame, "seq"),
          .message = fingerprint(text_of(frame, "message_id")),
          .client_message = fingerprint(text_of(frame, "client_message_id"))};
}

void LoadClient::say_hello() {
  auto init =
      fmt::format(R"({{"type":"connection.init","token":"{}","client":"kith-bench")", user_.token);
  if (!epoch_.empty()) {
    init += fmt::format(R"(,"protocol":1,"epoch":"{}","resume":{{)", epoch_);
    bool first = true;
    for (Chat& chat : chats_) {
      if (!chat.track.attached() || chat.board) continue;
      chat.track.asking(log_end_at_least(chat));
      init += fmt::format(R"({}"{}":{})", first ? "" : ",", context_.seed.chats[chat.index].id,
                          chat.track.position());
      first = false;
    }
    init += '}';
  }
  init += '}';
  queue(init);
}

// Where a log ends at least that is asked for now, so that an answer below proves a loss. One
// server knows of all that anybody has an ack for. Of several nodes each may be a moment behind the
// others: a subscriber joins the stream where that node has come to, and what was acked elsewhere
// (even here, while an earlier number of another node's is still on its way) follows live. There,
// only what this client itself has seen must be known.
Seq LoadClient::log_end_at_least(const Chat& chat) const {
  return several_nodes() ? 0 : context_.shared.heads.head(chat.index);
}

void LoadClient::subscribe(Chat& chat) {
  if (chat.board) return subscribe_board(chat);
  chat.track.asking(log_end_at_least(chat));
  std::string frame = fmt::format(R"({{"type":"subscribe","id":"s","channel":"{}")",
                                  context_.seed.chats[chat.index].id);
  if (chat.track.attached()) frame += fmt::format(R"(,"after_seq":{})", chat.track.position());
  queue(frame + '}');
}

void LoadClient::on_frame(std::string_view text) {
  const auto now = Clock::now();
  for_each_line(text, [&](std::string_view line) {
    on_object(line, now);
    return !stopping_;
  });
  if (!catching_up_since_) return;
  add(context_.tally.late_bytes, text.size());
  note_if_caught_up(now);
}

void LoadClient::on_object(std::string_view line, Clock::time_point now) {
  std::string& padded = context_.padded;
  if (padded.size() < line.size() + simdjson::SIMDJSON_PADDING) {
    padded.resize(2 * line.size() + simdjson::SIMDJSON_PADDING);
  }
  std::memcpy(padded.data(), line.data(), line.size());
  Element frame;
  if (context_.parser.parse(padded.data(), line.size(), false).get(frame) != simdjson::SUCCESS) {
    return give_up("the server sent what is not JSON");
  }
  if (tap_) tap_->heard(frame, now);
  const std::string_view type = text_of(frame, "type");
  if (!greeted_) {
    greeted_ = type == "connection.ready" || type == "connection.closing" || type == "error";
    if (!greeted_) return give_up("what answers there does not speak the protocol");
  }
  if (type == "message.new") {
    if (Chat* chat = chat_of(frame, "chat_id")) on_event(*chat, frame, true, now);
  } else if (type == "club.broadcast") {
    if (Chat* club = chat_of(frame, "channel")) on_broadcast(*club, frame, now);
  } else if (type == "ack") {
    on_ack(frame, now);
  } else if (type == "connection.ready") {
    on_ready(frame);
  } else if (type == "subscribed") {
    on_subscribed(frame);
  } else if (type == "history") {
    on_history(frame, now);
  } else if (type == "error") {
    on_error(frame, now);
  } else if (type == "unsubscribed") {
    if (chat_of(frame, "channel") != nullptr) give_up("lost the right to a chat");
  } else if (on_board_frame(type, frame, line.size())) {
    return;
  } else if (type == "connection.closing") {
    told_delay_ = std::chrono::milliseconds(number_of(frame, "retry_after_ms"));
  } else if (number_of(frame, "seq") > 0) {
    Chat* chat = chat_of(frame, "chat_id");
    if (chat == nullptr) chat = chat_of(frame, "channel");  // a club's
    if (chat != nullptr) on_event(*chat, frame, false, now);
  }
}

LoadClient::Chat* LoadClient::chat_of(Element frame, std::string_view key) {
  const std::string_view id = text_of(frame, key);
  // A client has one chat or a few.
  for (Chat& chat : chats_) {
    if (context_.seed.chats[chat.index].id == id) return &chat;
  }
  return nullptr;
}

void LoadClient::on_ready(Element frame) {
  epoch_ = text_of(frame, "epoch");
  if (std::uint64_t bytes = 0; frame["limits"]["frame_bytes"].get(bytes) == simdjson::SUCCESS) {
    frame_bytes_max_ = std::min<std::uint64_t>(kFrameBytesMax, bytes);
  }
  if (context_.server_build.empty()) context_.server_build = text_of(frame, "build");
  if (was_ready_) add(context_.tally.reconnects);
  const bool moved = context_.shared.seats.move(number_, node_, Clock::now());
  if (moved && was_ready_) add(context_.tally.moved);
  waiting_subscribed_ = 0;
  for (Chat& chat : chats_) {
    if (!plan_.subscribes && !chat.track.attached()) continue;
    ++waiting_subscribed_;
    if (!chat.track.attached() || chat.board) subscribe(chat);  // else it stood in `resume`
  }
  if (waiting_subscribed_ == 0) all_subscribed();
}

void LoadClient::on_subscribed(Element frame) {
  Chat* chat = chat_of(frame, "channel");
  if (chat == nullptr) return;  // the user's own channel
  if (chat->board) ask_for_board(*chat);
  const bool was_live = chat->track.live();
  const Seq seq = number_of(frame, "seq");
  const Seq before = chat->track.position();
  const bool resumed = chat->track.attached();
  Element gap;
  if (frame["gap"].get(gap) == simdjson::SUCCESS) {
    chat->track.subscribed_with_gap(seq,
                                    {.from = number_of(gap, "from"), .to = number_of(gap, "to")});
  } else if (resumed && !chat->board && !flag_of(frame, "recovered")) {
    chat->track.subscribed_with_gap(seq, {.from = before + 1, .to = seq});
  } else {
    chat->track.subscribed(seq);
  }
  if (chat->track.gap_open()) {
    if (!chat->inspected_after) add(context_.tally.gaps);
    load_history(*chat, chat->track.history_after());
  }
  if (!was_live && waiting_subscribed_ > 0 && --waiting_subscribed_ == 0) all_subscribed();
}

void LoadClient::all_subscribed() {
  if (!ready_) {
    ready_ = true;
    add(context_.tally.ready);
    if (was_ready_) {
      context_.latencies.offline.record(Clock::now() - away_since_);
      context_.latencies.waited.record(waited_);
    }
  }
  was_ready_ = true;
  failures_ = 0;
  attempts_ = 0;
  told_delay_.reset();
  if (first_attempt_) {
    first_attempt_ = false;
    context_.first_attempt_over();
  }
  for (const Command& command : commands_) {
    if (command.frame.empty()) continue;
    add(context_.tally.retried);
    queue(command.frame);
  }
  for (const Chat& chat : chats_) {
    if (chat.read_back_after) load_final(chat);
  }
}

void LoadClient::on_event(Chat& chat, Element frame, bool message, Clock::time_point now) {
  Seen seen = seen_of(frame);
  if (!message) seen.message = seen.client_message = 0;
  chat.track.event(context_.witnesses[chat.index], seen);
  if (message) {
    note_delivery(chat, frame, now);
  } else if (!chat.inspected_after) {
    add(context_.tally.delivered);
  }
}

void LoadClient::on_broadcast(Chat& club, Element frame, Clock::time_point now) {
  club.track.event(context_.witnesses[club.index], {.seq = number_of(frame, "seq")});
  context_.shared.heads.raise(club.index, number_of(frame, "seq"));
  add(context_.tally.broadcasts);
  note_broadcast(frame, now);
}

void LoadClient::load_history(const Chat& chat, Seq after) {
  queue(fmt::format(R"({{"type":"history","id":"h","chat_id":"{}","after_seq":{},"limit":{}}})",
                    context_.seed.chats[chat.index].id, after, kHistoryLimit));
}

void LoadClient::on_final(Chat& chat, Element frame) {
  simdjson::dom::array messages;
  if (!chat.read_back_after || frame["messages"].get(messages) != simdjson::SUCCESS) return;
  if (messages.size() < kHistoryLimit) return chat.read_back_after.reset();
  chat.read_back_after = number_of(messages.at(messages.size() - 1).value_unsafe(), "seq");
  load_final(chat);
}

void LoadClient::on_history(Element frame, Clock::time_point now) {
  Chat* chat = chat_of(frame, "chat_id");
  if (chat != nullptr && text_of(frame, "id") == HistoryTap::kFinalId) {
    return on_final(*chat, frame);
  }
  simdjson::dom::array messages;
  if (chat == nullptr || frame["messages"].get(messages) != simdjson::SUCCESS) return;
  Seq last = 0;
  for (const auto message : messages) {
    const Seen seen = seen_of(message);
    const bool came = chat->track.history(context_.witnesses[chat->index], seen);
    if (came) note_delivery(*chat, message, now);
    last = seen.seq;
  }
  chat->track.history_read(last);
  if (last == 0 || last >= chat->track.position()) return chat->track.gap_loaded();
  load_history(*chat, last);
}

}  // namespace kith::bench
