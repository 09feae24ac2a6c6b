#include "engine/receipts.h"

#include <algorithm>

#include "engine/hub.h"
#include "protocol/json_writer.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kQuietTime = 1s;
constexpr auto kSweepInterval = 100ms;

BusEventPtr make_event(const ChatId& chat, const UserId& user, const MessageId& message, Seq seq,
                       WallTime now) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::read;
  event->channel = chat;
  event->user = user;
  event->seq = seq;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "delivery.read").field("chat_id", chat);
  writer.field("user_id", user).field("last_read_message_id", message);
  writer.field("last_read_seq", seq).field("read_at", now).end_object();
  append_text_frame(event->frame, json);
  return event;
}

}  // namespace

bool raise_receipt(std::vector<Receipt>& receipts, const UserId& user, Seq seq) {
  const auto it = std::find_if(receipts.begin(), receipts.end(),
                               [&](const Receipt& receipt) { return receipt.user == user; });
  if (it == receipts.end()) return false;
  it->last_read_seq = std::max(it->last_read_seq, seq);
  return true;
}

void Receipts::moved(const ChatId& chat, const UserId& user, const MessageId& message, Seq seq,
                     std::uint32_t participants, std::optional<SessionRef> origin) {
  if (participants > limits::kReceiptsParticipantsMax) return;
  Paced& paced = paced_[Key{chat, user}];
  if (seq <= paced.seq) return;
  paced.seq = seq;
  const BusEventPtr event = make_event(chat, user, message, seq, context_.now.wall);
  if (paced.quiet_until > context_.now.steady) {
    paced.held = event;
    paced.origin = origin;
    return;
  }
  paced.quiet_until = context_.now.steady + kQuietTime;
  send(event, origin);
}

void Receipts::send(const BusEventPtr& event, std::optional<SessionRef> origin) {
  context_.ports.bus.publish(event);
  on_bus_event(*event, origin);
}

void Receipts::on_bus_event(const BusEvent& event, std::optional<SessionRef> origin) {
  Channel* channel = context_.hub->find(event.channel);
  if (channel == nullptr || !channel->small()) return;
  // Who is still on the way in is told with `subscribed`.
  for (Subscription* member : channel->members) {
    if (!member->request) continue;
    std::vector<Receipt>& receipts = member->request->receipts;
    if (!raise_receipt(receipts, event.user, event.seq) && !member->attached) {
      receipts.push_back({event.user, event.seq});  // the store's word may be older
    }
  }
  // Another shard's may have been on its way for long, or held back there for its pace.
  ReadMark& mark = channel->read_marks[event.user];
  if (event.seq <= mark.said || event.seq < mark.told) return;
  mark.said = event.seq;
  const std::uint64_t key = IdHash{}(event.channel) ^ (IdHash{}(event.user) + 0x72656164);
  context_.hub->say(*channel, event.frame, Tier::state, key).except_session = origin;
}

void Receipts::told(Channel& channel, const std::vector<Receipt>& receipts) const {
  for (const Receipt& receipt : receipts) {
    if (receipt.last_read_seq == 0) continue;
    ReadMark& mark = channel.read_marks[receipt.user];
    mark.told = std::max(mark.told, receipt.last_read_seq);
  }
}

void Receipts::tick() {
  const SteadyTime now = context_.now.steady;
  if (paced_.empty() || now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  for (auto it = paced_.begin(); it != paced_.end();) {
    Paced& paced = it->second;
    if (paced.quiet_until <= now && !paced.held) {
      it = paced_.erase(it);
      continue;
    }
    if (paced.quiet_until <= now) {
      paced.quiet_until = now + kQuietTime;
      send(std::exchange(paced.held, nullptr), paced.origin);
    }
    ++it;
  }
}

SteadyTime Receipts::next_deadline() const {
  return paced_.empty() ? SteadyTime::max() : next_sweep_;
}

}  // namespace kith
