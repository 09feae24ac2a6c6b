// What a LoadClient says, and how it understands what it hears (PROTOCOL sections 2 to 5).
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "bench/load_client.h"
#include "protocol/command.h"

namespace kith::bench {
namespace {

std::string_view text_of(simdjson::dom::element object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::uint64_t number_of(simdjson::dom::element object, std::string_view key) {
  std::uint64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

bool flag_of(simdjson::dom::element object, std::string_view key) {
  bool flag = false;
  return object[key].get(flag) == simdjson::SUCCESS && flag;
}

Seen seen_of(simdjson::dom::element frame) {
  return {.seq = number_of(frame, "seq"),
          .message = fingerprint(text_of(frame, "message_id")),
          .client_message = fingerprint(text_of(frame, "client_message_id"))};
}

// "<run, 8 hex digits>:<intended, ns>:xxxx": what a message of this run says.
std::string payload(std::uint32_t run, Clock::time_point intended, std::size_t bytes) {
  auto text = fmt::format("{:08x}:{}:", run, intended.time_since_epoch().count());
  if (text.size() < bytes) text.resize(bytes, 'x');
  return text;
}

std::optional<Clock::time_point> intended_of(std::string_view text, std::uint32_t run) {
  std::uint32_t marked = 0;
  const char* end = text.data() + text.size();
  const auto mark = std::from_chars(text.data(), end, marked, 16);
  if (mark.ec != std::errc{} || marked != run || mark.ptr == end || *mark.ptr != ':') return {};
  Clock::rep ns = 0;
  if (std::from_chars(mark.ptr + 1, end, ns).ec != std::errc{}) return {};
  return Clock::time_point(Clock::duration(ns));
}

}  // namespace

void LoadClient::say_hello() {
  auto init =
      fmt::format(R"({{"type":"connection.init","token":"{}","client":"kith-bench")", user_.token);
  if (!epoch_.empty()) {
    init += fmt::format(R"(,"protocol":1,"epoch":"{}","resume":{{)", epoch_);
    bool first = true;
    for (const Chat& chat : chats_) {
      if (!chat.track.attached()) continue;
      init += fmt::format(R"({}"{}":{})", first ? "" : ",", context_.seed.chats[chat.index].id,
                          chat.track.position());
      first = false;
    }
    init += '}';
  }
  init += '}';
  queue(init);
}

void LoadClient::on_frame(std::string_view text) {
  const auto now = Clock::now();
  for_each_line(text, [&](std::string_view line) {
    on_object(line, now);
    return !stopping_;
  });
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
  const std::string_view type = text_of(frame, "type");
  if (type == "message.new") {
    if (Chat* chat = chat_of(frame)) on_event(*chat, frame, true, now);
  } else if (type == "ack") {
    on_ack(frame, now);
  } else if (type == "connection.ready") {
    on_ready(frame);
  } else if (type == "subscribed") {
    on_subscribed(frame);
  } else if (type == "history") {
    on_history(frame);
  } else if (type == "error") {
    on_error(frame, now);
  } else if (type == "unsubscribed") {
    if (local_.contains(text_of(frame, "channel"))) give_up("lost the right to a chat");
  } else if (type == "connection.closing") {
    told_delay_ = std::chrono::milliseconds(number_of(frame, "retry_after_ms"));
  } else if (number_of(frame, "seq") > 0) {
    if (Chat* chat = chat_of(frame)) on_event(*chat, frame, false, now);
  }
}

LoadClient::Chat* LoadClient::chat_of(Element frame) {
  const auto found = local_.find(text_of(frame, "chat_id"));
  return found == local_.end() ? nullptr : &chats_[found->second];
}

void LoadClient::on_ready(Element frame) {
  epoch_ = text_of(frame, "epoch");
  if (was_ready_) add(context_.tally.reconnects);
  waiting_subscribed_ = chats_.size();
  for (const Chat& chat : chats_) {
    if (chat.track.attached()) continue;  // it stood in `resume`
    queue(fmt::format(R"({{"type":"subscribe","id":"s","channel":"{}"}})",
                      context_.seed.chats[chat.index].id));
  }
  if (waiting_subscribed_ == 0) all_subscribed();
}

void LoadClient::on_subscribed(Element frame) {
  const auto found = local_.find(text_of(frame, "channel"));
  if (found == local_.end()) return;  // the user's own channel
  Chat& chat = chats_[found->second];
  const bool was_live = chat.track.live();
  const Seq seq = number_of(frame, "seq");
  const Seq before = chat.track.position();
  const bool resumed = chat.track.attached();
  Element gap;
  if (frame["gap"].get(gap) == simdjson::SUCCESS) {
    chat.track.subscribed_with_gap(seq,
                                   {.from = number_of(gap, "from"), .to = number_of(gap, "to")});
  } else if (resumed && !flag_of(frame, "recovered")) {
    chat.track.subscribed_with_gap(seq, {.from = before + 1, .to = seq});
  } else {
    chat.track.subscribed(seq);
  }
  if (chat.track.gap_open()) {
    add(context_.tally.gaps);
    load_history(found->second, before);
  }
  if (!was_live && waiting_subscribed_ > 0 && --waiting_subscribed_ == 0) all_subscribed();
}

void LoadClient::all_subscribed() {
  if (!ready_) {
    ready_ = true;
    add(context_.tally.ready);
  }
  was_ready_ = true;
  failures_ = 0;
  told_delay_.reset();
  if (first_attempt_) {
    first_attempt_ = false;
    context_.first_attempt_over();
  }
  for (const auto& [id, pending] : pending_) {
    add(context_.tally.retried);
    queue(pending.frame);
  }
}

void LoadClient::send(std::size_t chat, Clock::time_point intended) {
  std::string id;
  append_crockford(id, context_.uuids.next(std::chrono::time_point_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now())));
  auto frame = fmt::format(R"({{"type":"message.new","chat_id":"{}","client_message_id":"{}",)"
                           R"("content":{{"type":"text","text":"{}"}}}})",
                           context_.seed.chats[chat].id, id,
                           payload(context_.options.run, intended, context_.options.payload_bytes));
  if (ready_) queue(frame);
  pending_.emplace(std::move(id),
                   Pending{.chat = chat, .intended = intended, .frame = std::move(frame)});
}

void LoadClient::retry(const std::string& client_message_id) {
  const auto found = pending_.find(client_message_id);
  if (found == pending_.end() || !ready_) return;  // when it is ready again, all go out anyway
  add(context_.tally.retried);
  queue(found->second.frame);
}

void LoadClient::on_ack(Element frame, Clock::time_point now) {
  Chat* chat = chat_of(frame);
  if (chat == nullptr) return;
  const Seen seen = seen_of(frame);
  chat->track.ack(context_.witnesses[chat->index], seen, flag_of(frame, "duplicate"));
  context_.heads.raise(chat->index, seen.seq);
  const auto pending = pending_.find(std::string(text_of(frame, "client_message_id")));
  if (pending == pending_.end()) return;  // of a retry whose first ack was already under way
  context_.ack_latency.record(now - pending->second.intended);
  add(context_.tally.acked);
  pending_.erase(pending);
}

void LoadClient::on_event(Chat& chat, Element frame, bool message, Clock::time_point now) {
  Seen seen = seen_of(frame);
  if (!message) seen.message = seen.client_message = 0;
  chat.track.event(context_.witnesses[chat.index], seen);
  if (!message || text_of(frame, "sender_id") == user_.id) return;
  add(context_.tally.delivered);
  std::string_view text;
  if (frame["content"]["text"].get(text) != simdjson::SUCCESS) return;
  if (const auto intended = intended_of(text, context_.options.run)) {
    context_.delivery_latency.record(now - *intended);
  }
}

void LoadClient::load_history(std::size_t local, Seq after) {
  queue(fmt::format(R"({{"type":"history","id":"{}","chat_id":"{}","after_seq":{},"limit":200}})",
                    local, context_.seed.chats[chats_[local].index].id, after));
}

void LoadClient::on_history(Element frame) {
  const std::string_view id = text_of(frame, "id");
  std::size_t local = 0;
  const auto parsed = std::from_chars(id.data(), id.data() + id.size(), local);
  simdjson::dom::array messages;
  if (parsed.ec != std::errc{} || local >= chats_.size() ||
      frame["messages"].get(messages) != simdjson::SUCCESS) {
    return;
  }
  Chat& chat = chats_[local];
  Seq last = 0;
  for (const auto message : messages) {
    const Seen seen = seen_of(message);
    chat.track.history(context_.witnesses[chat.index], seen);
    last = seen.seq;
  }
  if (last == 0 || last >= chat.track.position()) return chat.track.gap_loaded();
  load_history(local, last);
}

void LoadClient::on_error(Element frame, Clock::time_point now) {
  const std::string_view code = text_of(frame, "code");
  const bool passing = code == "rate_limited" || code == "unavailable" || code == "internal";
  std::string id(text_of(frame, "client_message_id"));
  const auto pending = pending_.find(id);
  if (pending == pending_.end()) {
    if (!id.empty()) return;  // of a retry whose original has been acked meanwhile
    if (passing) return stream_->next_layer().close();  // a subscribe or a history: start anew
    return give_up(fmt::format("error {}: {}", code, text_of(frame, "message")));
  }
  if (passing) {
    if (code == "rate_limited") add(context_.tally.rate_limited);
    const auto told = std::max<std::uint64_t>(number_of(frame, "retry_after_ms"), 100);
    std::uniform_int_distribution<std::uint64_t> jitter(told, told + told / 2);
    context_.retries.emplace(
        now + std::chrono::milliseconds(jitter(context_.random)),
        LoadContext::Retry{.client = this, .client_message_id = std::move(id)});
    return;
  }
  add(context_.tally.refused);
  pending_.erase(pending);
}

std::size_t LoadClient::unfinished() const {
  std::size_t count = pending_.size() + (ready_ ? 0 : 1);
  for (const Chat& chat : chats_) {
    const bool behind = chat.track.position() < context_.heads.get(chat.index);
    count += behind || chat.track.gap_open() ? 1 : 0;
  }
  return count;
}

Verdict LoadClient::finish(const std::vector<ChatWitness>& everybody) const {
  Verdict verdict;
  for (const Chat& chat : chats_) verdict += chat.track.finish(everybody[chat.index]);
  return verdict;
}

}  // namespace kith::bench
