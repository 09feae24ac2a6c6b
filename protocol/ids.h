// Public ids: a prefix and 26 characters of Crockford base32, upper case (PROTOCOL section 1).
// What we make is UUIDv7 (RFC 9562 section 5.7), so ids sort by time; what we read is checked for
// prefix, length and alphabet only, never for the UUID's version.
//
// 26 characters hold 130 bits, a UUID 128: the few well-formed ids above 2^128 - 1 are read as the
// all-ones UUID, which is never made, so they are well-formed ids of nothing.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/keyed_hash.h"

namespace kith {

using Uuid = std::array<std::uint8_t, 16>;

enum class IdKind : std::uint8_t {
  user,
  chat,
  club,
  event,
  board,
  message,
  session,
  report,
  notification,
  delivery,
  activity,
  post,
  broadcast,
  rsvp,
  service,
  moderation_case
};

// "usr_", "chat_", "club_", "evt_", "board_", "msg_", "ses_", "rpt_", "ntf_", "dlv_", "act_",
// "post_", "bcast_", "rsvp_", "svc_", "case_"
std::string_view id_prefix(IdKind kind);

inline constexpr std::size_t kIdDigits = 26;

// Appends the 26 digits, without prefix.
void append_crockford(std::string& out, const Uuid& uuid);
// Exactly 26 digits of the upper-case alphabet, else nothing.
std::optional<Uuid> parse_crockford(std::string_view digits);
std::optional<Uuid> parse_id(IdKind kind, std::string_view text);

template <IdKind kKind>
struct Id {
  Uuid uuid{};

  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = parse_id(kKind, text);
    if (!uuid) return std::nullopt;
    return Id{*uuid};
  }
  void append_to(std::string& out) const {
    out += id_prefix(kKind);
    append_crockford(out, uuid);
  }
  std::string text() const {
    std::string out;
    append_to(out);
    return out;
  }
  auto operator<=>(const Id&) const = default;
};

using UserId = Id<IdKind::user>;
using ChatId = Id<IdKind::chat>;
using ClubId = Id<IdKind::club>;
using EventId = Id<IdKind::event>;
using MessageId = Id<IdKind::message>;
using AuthSessionId = Id<IdKind::session>;  // a login, not a socket
using ReportId = Id<IdKind::report>;
using NotificationId = Id<IdKind::notification>;
using DeliveryId = Id<IdKind::delivery>;  // of something sent out: a web hook, a mail
using ActivityId = Id<IdKind::activity>;
using PostId = Id<IdKind::post>;            // of a club
using BroadcastId = Id<IdKind::broadcast>;  // of a club's organizers
using RsvpId = Id<IdKind::rsvp>;
using ServiceId = Id<IdKind::service>;  // another back end, with a token of its own
using CaseId = Id<IdKind::moderation_case>;

// "ack_" and the digits of the message's id.
std::string ack_token(const MessageId& message);

// A channel is named by the id of what it follows (PROTOCOL section 1).
struct ChannelId {
  IdKind kind = IdKind::chat;
  Uuid uuid{};

  ChannelId() = default;
  ChannelId(IdKind channel_kind, const Uuid& id) : kind(channel_kind), uuid(id) {}
  ChannelId(const ChatId& id) : kind(IdKind::chat), uuid(id.uuid) {}
  ChannelId(const UserId& id) : kind(IdKind::user), uuid(id.uuid) {}
  ChannelId(const ClubId& id) : kind(IdKind::club), uuid(id.uuid) {}
  ChannelId(const EventId& id) : kind(IdKind::event), uuid(id.uuid) {}

  // Accepts chat_, club_, evt_, usr_ and board_ ids.
  static std::optional<ChannelId> parse(std::string_view text);
  void append_to(std::string& out) const;
  std::string text() const;
  bool is_chat() const { return kind == IdKind::chat; }
  ChatId chat() const { return ChatId{uuid}; }
  ClubId club() const { return ClubId{uuid}; }
  EventId event() const { return EventId{uuid}; }
  auto operator<=>(const ChannelId&) const = default;
};

// Row keys: how rows refer to each other inside a store. They never leave the process. Everything
// that can be followed has a row in `channels`; a user's key is the key of the user's own channel.
enum class ChannelKey : std::int64_t {};
enum class UserKey : std::int64_t {};

using Seq = std::uint64_t;       // of a durable event in its channel: 1, 2, 3 ...; 0: before all
using Position = std::uint64_t;  // of a durable event in the store, in commit order

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// Makes UUIDv7, strictly rising within one generator also where the clock stands or steps back
// (RFC 9562 section 6.2, method 1). Not thread-safe: one per shard. `random` yields 64 random bits.
class UuidGenerator {
 public:
  explicit UuidGenerator(std::function<std::uint64_t()> random) : random_(std::move(random)) {}
  Uuid next(WallTime now);

 private:
  std::function<std::uint64_t()> random_;
  std::uint64_t last_ms_ = 0;
  std::uint32_t counter_ = 0;  // 12 bits of rand_a, seeded at random each millisecond
};

// Mixes all 128 bits with the key.
std::uint64_t keyed_hash(const HashKey& key, const Uuid& uuid);

struct UuidHash {
  // With the process's key: ids of a client's choosing must not collide.
  std::size_t operator()(const Uuid& uuid) const;
};
struct IdHash {
  template <IdKind kKind>
  std::size_t operator()(const Id<kKind>& id) const {
    return UuidHash{}(id.uuid);
  }
  std::size_t operator()(const ChannelId& id) const {
    return UuidHash{}(id.uuid) ^ static_cast<std::size_t>(id.kind);
  }
};

}  // namespace kith
