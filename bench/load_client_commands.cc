// What a LoadClient asks for, and what has become of it: open loop, closed loop, retries.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bench/json_fields.h"
#include "bench/load_client.h"
#include "bench/note_trouble.h"
#include "protocol/assert.h"

namespace kith::bench {
namespace {

// Where a client keeps this many, from the oldest that nobody has answered on, the run has become
// pointless.
constexpr std::size_t kCommandsMax = 100'000;

std::string_view frame_type(Action action, std::uint64_t random) {
  switch (action) {
    case Action::send:
      return "message.new";
    case Action::edit:
      return "message.update";
    case Action::typing:
      return random % 2 == 0 ? "typing.start" : "typing.stop";
    case Action::read:
      return "delivery.read";
    case Action::react:
      return random / 2 % 2 == 0 ? "reaction.add" : "reaction.remove";
  }
  return "";
}

struct Acked {
  bool known_chat = false;
  bool changed = false;
};

// What was committed must be found wherever it belongs, by what its ack says of it. What changes
// nothing has no number (PROTOCOL section 3), nor has what is no event.
bool leaves_no_trace(Action action, const Seen& seen, Acked acked) {
  const bool placed = acked.known_chat && seen.seq > 0;
  switch (action) {
    case Action::send:
      return !placed || seen.message == 0;
    case Action::edit:
    case Action::react:
      return !placed && acked.changed;
    case Action::typing:
    case Action::read:
      return false;
  }
  return false;
}

}  // namespace

LoadClient::Chat& LoadClient::chat_at(std::size_t index) {
  const auto chat = std::find_if(chats_.begin(), chats_.end(),
                                 [&](const Chat& each) { return each.index == index; });
  KITH_ASSERT(chat != chats_.end());
  return *chat;
}

void LoadClient::inspect(std::size_t index, Seq after) {
  Chat& chat = chat_at(index);
  chat.inspected_after = after;
  chat.track.attach_at(after);
  if (ready_) subscribe(chat);
}

void LoadClient::read_back(std::size_t index, Seq after) {
  Chat& chat = chat_at(index);
  chat.read_back_after = after;
  if (ready_) load_final(chat);
}

void LoadClient::load_final(const Chat& chat) {
  queue(fmt::format(R"({{"type":"history","id":"{}","chat_id":"{}","after_seq":{},"limit":{}}})",
                    HistoryTap::kFinalId, context_.seed.chats[chat.index].id, *chat.read_back_after,
                    kHistoryLimit));
}

void LoadClient::act(Action action, std::size_t index, std::uint64_t random,
                     Clock::time_point intended) {
  Chat& chat = chat_at(index);
  // What has no message yet to act upon makes one.
  if (action == Action::edit && chat.last_own.empty()) action = Action::send;
  if ((action == Action::read || action == Action::react) && chat.last_message.empty()) {
    action = Action::send;
  }
  const std::string& id = context_.seed.chats[index].id;
  std::string frame =
      fmt::format(R"({{"type":"{}","id":"{}","chat_id":"{}",)", frame_type(action, random),
                  first_command_ + commands_.size(), id);
  const auto text = [&] { return content(intended, random); };
  switch (action) {
    case Action::send:
      frame += R"("client_message_id":")";
      append_crockford(frame,
                       context_.uuids.next(std::chrono::time_point_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now())));
      fmt::format_to(std::back_inserter(frame), R"(","content":{{"type":"text","text":"{}"}}}})",
                     text());
      break;
    case Action::edit:
      fmt::format_to(std::back_inserter(frame),
                     R"("message_id":"{}","content":{{"type":"text","text":"{}"}}}})",
                     chat.last_own, text());
      break;
    case Action::typing:
      frame.back() = '}';
      break;
    case Action::read:
      fmt::format_to(std::back_inserter(frame), R"("last_read_message_id":"{}"}})",
                     chat.last_message);
      break;
    case Action::react:
      fmt::format_to(std::back_inserter(frame), R"("message_id":"{}","emoji":"{}"}})",
                     chat.last_message, random % 2 == 0 ? "👍" : "🎉");
      break;
  }
  add(context_.tally.sent);
  add(context_.tally.sent_of[static_cast<std::size_t>(action)]);
  if (ready_) queue(frame);
  commands_.push_back({.action = action, .intended = intended, .frame = std::move(frame)});
  if (commands_.size() > kCommandsMax) {
    give_up(fmt::format("{} of one client's last {} commands are unanswered", unanswered(),
                        commands_.size()));
  }
}

void LoadClient::open_window(Window window, std::size_t messages, std::size_t chat) {
  if (window_ != window) window_chats_.clear();
  window_ = window;
  window_chats_.push_back(chat);
  window_messages_ = window == Window::landed ? messages * window_chats_.size() : messages;
  top_up();
}

void LoadClient::top_up() {
  if (context_.turn >= context_.sends_until) return;
  while (under_way_ < window_messages_) {
    ++under_way_;
    const std::size_t chat = window_chats_[next_chat_++ % window_chats_.size()];
    act(Action::send, chat, context_.random(), Clock::now());
  }
}

void LoadClient::landed() {
  if (window_ != Window::landed) return;
  --under_way_;
  top_up();
}

LoadClient::Command* LoadClient::command_of(Element frame, std::uint64_t* number) {
  std::string_view id;
  if (frame["id"].get(id) != simdjson::SUCCESS) return nullptr;
  std::uint64_t parsed = 0;
  if (std::from_chars(id.data(), id.data() + id.size(), parsed).ec != std::errc{}) return nullptr;
  if (parsed < first_command_ || parsed - first_command_ >= commands_.size()) return nullptr;
  Command& command = commands_[static_cast<std::size_t>(parsed - first_command_)];
  if (command.frame.empty()) return nullptr;
  if (number != nullptr) *number = parsed;
  return &command;
}

void LoadClient::answered(Command& command) {
  command.frame.clear();
  while (!commands_.empty() && commands_.front().frame.empty()) {
    commands_.pop_front();
    ++first_command_;
  }
}

void LoadClient::on_ack(Element frame, Clock::time_point now) {
  Chat* chat = chat_of(frame, "chat_id");
  Seen seen = seen_of(frame);
  const bool duplicate = flag_of(frame, "duplicate");
  Command* command = command_of(frame);
  // Only a new message's ack names the message that stands at this number.
  if (text_of(frame, "client_message_id").empty()) seen.message = seen.client_message = 0;
  if (chat != nullptr && seen.seq > 0) {
    chat->track.ack(context_.witnesses[chat->index], seen, duplicate);
    context_.shared.heads.raise(chat->index, seen.seq);
    if (context_.options.keeps_message_ids && seen.message != 0) {
      chat->last_own = chat->last_message = text_of(frame, "message_id");
    }
  }
  if (command == nullptr) return;  // the server's own idea, or a repeat of what was answered
  // What commits nothing is answered sooner, and would flatter the figure.
  if (plan_.measured && command->action != Action::typing) {
    context_.latencies.ack.record(now - command->intended);
  }
  if (leaves_no_trace(command->action, seen,
                      {.known_chat = chat != nullptr, .changed = !duplicate})) {
    add(context_.tally.untraceable);
  }
  add(context_.tally.acked);
  add(context_.tally.acked_of[static_cast<std::size_t>(command->action)]);
  answered(*command);
  if (window_ == Window::acked) {
    --under_way_;
    top_up();
  }
}

void LoadClient::on_error(Element frame, Clock::time_point now) {
  const std::string_view code = text_of(frame, "code");
  const bool passing = code == "rate_limited" || code == "unavailable" || code == "internal";
  std::uint64_t number = 0;
  Command* command = command_of(frame, &number);
  note_trouble(context_.troubles.errors, code);
  if (command == nullptr) {
    if (!text_of(frame, "client_message_id").empty()) return;  // of a retry, answered meanwhile
    if (passing) return close_socket();  // a subscribe or a history: start anew
    return give_up(fmt::format("error {}: {}", code, text_of(frame, "message")));
  }
  if (passing) {
    if (code == "rate_limited") add(context_.tally.rate_limited);
    const auto told = std::max<std::uint64_t>(number_of(frame, "retry_after_ms"), 100);
    std::uniform_int_distribution<std::uint64_t> jitter(told, told + told / 2);
    context_.retries.emplace(now + std::chrono::milliseconds(jitter(context_.random)),
                             LoadContext::Retry{.client = this, .command = number});
    return;
  }
  add(context_.tally.refused);
  answered(*command);
}

void LoadClient::retry(std::uint64_t number) {
  if (number < first_command_ || !ready_) return;  // when it is ready again, all go out anyway
  const Command& command = commands_[static_cast<std::size_t>(number - first_command_)];
  if (command.frame.empty()) return;
  add(context_.tally.retried);
  queue(command.frame);
}

std::size_t LoadClient::unanswered() const {
  return static_cast<std::size_t>(
      std::count_if(commands_.begin(), commands_.end(),
                    [](const Command& command) { return !command.frame.empty(); }));
}

std::size_t LoadClient::unfinished() const {
  std::size_t count = unanswered() + (ready_ || held_ ? 0 : 1);
  for (const Chat& chat : chats_) {
    count += chat.read_back_after ? 1 : 0;
    if (!chat.track.attached()) continue;
    const bool behind = chat.track.position() < context_.shared.heads.head(chat.index);
    count += behind || chat.track.gap_open() ? 1 : 0;
  }
  return count;
}

std::uint64_t LoadClient::verified(const std::vector<ChatWitness>& everybody) const {
  std::uint64_t count = 0;
  for (const Chat& chat : chats_) {
    if (!chat.inspected_after) continue;
    count += chat.track.verified(everybody[chat.index], *chat.inspected_after);
  }
  return count;
}

Verdict LoadClient::finish(const std::vector<ChatWitness>& everybody) const {
  Verdict verdict;
  for (const Chat& chat : chats_) verdict += chat.track.finish(everybody[chat.index]);
  return verdict;
}

}  // namespace kith::bench
