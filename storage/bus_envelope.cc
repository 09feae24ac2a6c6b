#include "storage/bus_envelope.h"

#include <utility>

#include "protocol/assert.h"
#include "protocol/frame.h"
#include "storage/byte_codec.h"

namespace kith {

namespace {

enum class Kind : std::uint8_t {
  durable = 1,
  typing = 2,
  read = 3,
  announce = 4,
  board = 5,
  state = 6,
  spent = 7
};

// Which of a durable event's optional parts follow, in this order.
enum Part : std::uint8_t { user = 1, by = 2, message = 4, reply_to = 8, until = 16, all = 31 };

void put_time(std::string& out, WallTime time) {
  put_integer(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

WallTime take_time(ByteReader& in) {
  return WallTime{
      std::chrono::milliseconds{static_cast<std::int64_t>(in.integer<std::uint64_t>())}};
}

void put_head(std::string& out, Kind kind, const Uuid& node, std::string_view epoch,
              const ChannelId& channel) {
  KITH_ASSERT(epoch.size() < 256);
  put_integer(out, kEnvelopeVersion);
  put_integer(out, static_cast<std::uint8_t>(kind));
  put_uuid(out, node);
  put_text<std::uint8_t>(out, epoch);
  put_integer(out, static_cast<std::uint8_t>(channel.kind));
  put_uuid(out, channel.uuid);
}

// One whole unmasked text frame, as append_text_frame makes them, and nothing behind it: anything
// else would break every subscriber's stream.
bool is_text_frame(std::string_view frame) {
  for (const std::size_t header : {std::size_t{2}, std::size_t{4}, kFrameHeaderBytesMax}) {
    if (frame.size() < header) return false;
    std::string expected;
    append_frame_header(expected, Opcode::text, frame.size() - header);
    if (expected.size() == header && frame.starts_with(expected)) return true;
  }
  return false;
}

void put_durable(std::string& out, const BusEvent& event) {
  const DurableEvent& durable = event.event;
  put_integer(out, static_cast<std::uint8_t>(durable.type));
  put_integer(out, event.seq);
  put_time(out, durable.at);
  const int parts = (durable.user ? Part::user : 0) | (durable.by ? Part::by : 0) |
                    (durable.message ? Part::message : 0) |
                    (durable.reply_to ? Part::reply_to : 0) | (durable.until ? Part::until : 0);
  put_integer(out, static_cast<std::uint8_t>(parts));
  if (durable.user) put_uuid(out, durable.user->uuid);
  if (durable.by) put_uuid(out, durable.by->uuid);
  if (durable.message) put_uuid(out, durable.message->uuid);
  if (durable.reply_to) put_uuid(out, durable.reply_to->uuid);
  if (durable.until) put_time(out, *durable.until);
  put_integer(out, static_cast<std::uint8_t>(durable.role));
  put_integer(out, static_cast<std::uint8_t>(durable.action));
  put_text<std::uint16_t>(out, durable.client_message_id);
  put_text<std::uint16_t>(out, durable.emoji);
  put_text<std::uint16_t>(out, durable.reason);
  put_text<std::uint32_t>(out, durable.payload);
  put_text<std::uint32_t>(out, event.frame);
  put_text<std::uint32_t>(out, event.sender_ack);
}

void take_durable(ByteReader& in, BusEvent& event) {
  DurableEvent& durable = event.event;
  event.kind = BusKind::durable;
  durable.channel = event.channel;
  const auto type = parse_event_type(in.integer<std::uint8_t>());
  if (!type) in.fail();
  durable.type = type.value_or(EventType::message_new);
  event.seq = durable.seq = in.integer<std::uint64_t>();
  durable.at = take_time(in);
  const auto parts = in.integer<std::uint8_t>();
  if (parts > Part::all || event.seq == 0) in.fail();
  if (parts & Part::user) durable.user = UserId{in.uuid()};
  if (parts & Part::by) durable.by = UserId{in.uuid()};
  if (parts & Part::message) durable.message = MessageId{in.uuid()};
  if (parts & Part::reply_to) durable.reply_to = MessageId{in.uuid()};
  if (parts & Part::until) durable.until = take_time(in);
  durable.role = in.enumeration(ParticipantRole::member, ParticipantRole::owner);
  durable.action =
      in.enumeration(command::ModerationAction::hide, command::ModerationAction::unban);
  durable.client_message_id = in.text<std::uint16_t>();
  durable.emoji = in.text<std::uint16_t>();
  durable.reason = in.text<std::uint16_t>();
  durable.payload = in.text<std::uint32_t>();
  event.frame = in.text<std::uint32_t>();
  event.sender_ack = in.text<std::uint32_t>();
  if (durable.user) event.user = *durable.user;
  if (!is_text_frame(event.frame)) in.fail();
  if (!event.sender_ack.empty() && !is_text_frame(event.sender_ack)) in.fail();
}

std::vector<UserId> take_users(ByteReader& in) {
  const std::size_t count = in.integer<std::uint16_t>();
  if (count > kAnnouncedUsersMax || count * sizeof(Uuid) > in.left()) in.fail();
  std::vector<UserId> users;
  for (std::size_t i = 0; i < count && in.left() > 0; ++i) users.push_back(UserId{in.uuid()});
  return users;
}

void put_users(std::string& out, const std::vector<UserId>& users) {
  KITH_ASSERT(users.size() <= kAnnouncedUsersMax);
  put_integer(out, static_cast<std::uint16_t>(users.size()));
  for (const UserId& user : users) put_uuid(out, user.uuid);
}

Announcement take_announcement(ByteReader& in, const ChannelId& channel) {
  Announcement out;
  out.channel = channel;
  out.asks = in.boolean();
  out.here = take_users(in);
  out.gone = take_users(in);
  return out;
}

ChannelId take_channel(ByteReader& in, Kind of) {
  const bool limits = of == Kind::spent;
  const IdKind kind = in.enumeration(IdKind::user, limits ? kLimitsChannel.kind : IdKind::board);
  const ChannelId channel(kind, in.uuid());
  if (limits && channel != kLimitsChannel) in.fail();
  return channel;
}

}  // namespace

void append_envelope(std::string& out, const Uuid& node, std::string_view epoch,
                     const BusEvent& event) {
  switch (event.kind) {
    case BusKind::durable:
      out.reserve(out.size() + event.frame.size() + event.sender_ack.size() + 256);
      put_head(out, Kind::durable, node, epoch, event.channel);
      put_durable(out, event);
      return;
    case BusKind::typing:
      put_head(out, Kind::typing, node, epoch, event.channel);
      put_uuid(out, event.user.uuid);
      put_integer(out, static_cast<std::uint8_t>(event.start ? 1 : 0));
      return;
    case BusKind::read:
      put_head(out, Kind::read, node, epoch, event.channel);
      put_uuid(out, event.user.uuid);
      put_integer(out, event.seq);
      put_text<std::uint32_t>(out, event.frame);
      return;
    case BusKind::board:
      put_head(out, Kind::board, node, epoch, event.channel);
      put_integer(out, event.seq);
      return;
    case BusKind::spent:
      put_head(out, Kind::spent, node, epoch, event.channel);
      put_uuid(out, event.user.uuid);
      put_integer(out, event.seq);
      return;
    case BusKind::state:
      put_head(out, Kind::state, node, epoch, event.channel);
      put_integer(out, event.seq);
      put_text<std::uint32_t>(out, event.frame);
      return;
    case BusKind::presence:
      break;
  }
  KITH_ASSERT(false && "presence is announced");
}

void append_envelope(std::string& out, const Uuid& node, std::string_view epoch,
                     const Announcement& announcement) {
  put_head(out, Kind::announce, node, epoch, announcement.channel);
  put_integer(out, static_cast<std::uint8_t>(announcement.asks ? 1 : 0));
  put_users(out, announcement.here);
  put_users(out, announcement.gone);
}

bool is_envelope_of(std::string_view bytes, const Uuid& node) {
  ByteReader in(bytes);
  const bool known = in.integer<std::uint8_t>() == kEnvelopeVersion;
  in.integer<std::uint8_t>();  // the kind
  return known && in.left() > node.size() && in.uuid() == node;
}

std::optional<Envelope> decode_envelope(std::string_view bytes) {
  if (bytes.size() > kEnvelopeBytesMax) return std::nullopt;
  ByteReader in(bytes);
  if (in.integer<std::uint8_t>() != kEnvelopeVersion) return std::nullopt;
  const Kind kind = in.enumeration(Kind::durable, Kind::spent);
  Envelope out;
  out.node = in.uuid();
  out.epoch = in.text<std::uint8_t>();
  const ChannelId channel = take_channel(in, kind);
  if (kind == Kind::announce) {
    out.body = take_announcement(in, channel);
    return in.finished() ? std::optional(std::move(out)) : std::nullopt;
  }
  const auto event = std::make_shared<BusEvent>();
  event->channel = channel;
  if (kind == Kind::durable) {
    take_durable(in, *event);
  } else if (kind == Kind::board) {
    event->kind = BusKind::board;
    event->seq = in.integer<std::uint64_t>();
    if (event->seq == 0) in.fail();
  } else if (kind == Kind::spent) {
    event->kind = BusKind::spent;
    event->user = UserId{in.uuid()};
    event->seq = in.integer<std::uint64_t>();
    if (event->seq == 0) in.fail();
  } else if (kind == Kind::state) {
    event->kind = BusKind::state;
    event->seq = in.integer<std::uint64_t>();
    event->frame = in.text<std::uint32_t>();
    if (event->seq == 0 || !is_text_frame(event->frame)) in.fail();
  } else {
    event->kind = kind == Kind::typing ? BusKind::typing : BusKind::read;
    event->user = UserId{in.uuid()};
    if (kind == Kind::typing) {
      event->start = in.boolean();
    } else {
      event->seq = in.integer<std::uint64_t>();
      event->frame = in.text<std::uint32_t>();
      if (event->seq == 0 || !is_text_frame(event->frame)) in.fail();
    }
  }
  out.body = BusEventPtr(event);
  return in.finished() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace kith
