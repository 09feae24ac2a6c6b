// What the messages of a run say of themselves, and what that tells those who receive them: since
// when they are due and, where there are several nodes, who sent them.
#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "bench/json_fields.h"
#include "bench/load_client.h"

namespace kith::bench {
namespace {

// What a message of this run says: LoadClient::content().
struct Mark {
  Clock::time_point intended;
  std::optional<std::size_t> sender{};  // place in the crowd; only where there are several nodes
};

std::optional<Mark> mark_of(std::string_view text, std::uint32_t run) {
  std::uint32_t marked = 0;
  const char* end = text.data() + text.size();
  const auto mark = std::from_chars(text.data(), end, marked, 16);
  if (mark.ec != std::errc{} || marked != run || mark.ptr == end || *mark.ptr != ':') return {};
  Clock::rep ns = 0;
  const auto time = std::from_chars(mark.ptr + 1, end, ns);
  if (time.ec != std::errc{}) return {};
  Mark found{.intended = Clock::time_point(Clock::duration(ns))};
  std::size_t sender = 0;
  if (time.ptr != end && std::from_chars(time.ptr + 1, end, sender, 16).ec == std::errc{}) {
    found.sender = sender;
  }
  return found;
}

}  // namespace

std::string marked_text(std::uint32_t run, Clock::time_point intended) {
  return fmt::format("{:08x}:{}:", run, intended.time_since_epoch().count());
}

// "<run, 8 hex digits>:<intended, ns>:xxxx"; where there are several nodes, with the sender's place
// in the crowd, in hex digits, behind the second colon.
std::string LoadClient::content(Clock::time_point intended, std::uint64_t random) const {
  auto text = marked_text(context_.options.run, intended);
  if (several_nodes()) fmt::format_to(std::back_inserter(text), "{:x}:", number_);
  const std::size_t bytes = context_.options.payload.pick(random);
  if (text.size() < bytes) text.resize(bytes, 'x');
  return text;
}

// What others said. As an event, or later, in the history of a gap: the latest of all belong to the
// latency too.
void LoadClient::note_delivery(Chat& chat, Element message, Clock::time_point now) {
  if (chat.inspected_after || text_of(message, "sender_id") == user_.id) return;
  add(context_.tally.delivered);
  context_.shared.flights.delivered(chat.index, number_of(message, "seq"));
  if (context_.options.keeps_message_ids) chat.last_message = text_of(message, "message_id");
  if (!plan_.measured && !several_nodes()) return;
  std::string_view text;
  if (message["content"]["text"].get(text) != simdjson::SUCCESS) return;
  const auto mark = mark_of(text, context_.options.run);
  if (!mark) return;
  if (plan_.measured) {
    context_.latencies.delivery.record(now - mark->intended);
    if (context_.shared.windows.hold(mark->intended)) {
      context_.latencies.in_windows.record(now - mark->intended);
    }
  }
  if (mark->sender) note_origin(*mark->sender, mark->intended, now);
}

void LoadClient::note_broadcast(Element frame, Clock::time_point now) {
  std::string_view text;
  if (frame["content"]["text"].get(text) != simdjson::SUCCESS) return;
  const auto mark = mark_of(text, context_.options.run);
  if (mark) context_.latencies.broadcast.record(now - mark->intended);
}

// A sender that has changed its node since the message was due may have sent it over either.
void LoadClient::note_origin(std::size_t sender, Clock::time_point due, Clock::time_point now) {
  if (!several_nodes() || sender >= context_.shared.homes.size()) return;
  const auto from = context_.shared.seats.node_at(sender, due);
  if (!from) return;
  const bool local = *from == node_;
  add(local ? context_.tally.delivered_local : context_.tally.delivered_cross);
  if (!plan_.measured) return;
  (local ? context_.latencies.local : context_.latencies.cross).record(now - due);
}

}  // namespace kith::bench
