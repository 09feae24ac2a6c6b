// Every limit of the wire and of the gateway's queues that is not configurable, in one place, and
// how they hang together. Configurable ones (gateway/config.h) take their defaults from here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kith::limits {

using namespace std::chrono_literals;

// WebSocket
inline constexpr std::size_t kFrameBytesMax = 64 * 1024;  // of a client's message, all fragments
inline constexpr std::uint32_t kFragmentsMax = 256;       // of one message
inline constexpr std::uint32_t kControlFramesPerSecondMax = 10;
inline constexpr auto kInitTimeout = 10s;
inline constexpr auto kPingInterval = 25s;
inline constexpr auto kPingTimeout = 8s;
inline constexpr auto kStallTimeout = 30s;  // a reader that takes nothing: 4008
inline constexpr std::size_t kOutboundBytesMax = 1024 * 1024;
inline constexpr std::uint32_t kErrorsPerMinuteMax = 200;
inline constexpr auto kExpiryWarning = 60s;

// Commands
// Levels of objects and arrays that hold something; simdjson wants to be told one more.
inline constexpr int kJsonDepthMax = 16;
inline constexpr int kSimdjsonDepthMax = kJsonDepthMax + 1;
inline constexpr std::size_t kFrameIdBytesMax = 64;
inline constexpr std::size_t kClientMessageIdBytesMax = 64;
inline constexpr std::size_t kEmojiBytesMax = 32;
inline constexpr std::uint32_t kReactionEmojisMax = 50;         // different ones on a message
inline constexpr std::uint32_t kInitialParticipantsMax = 1000;  // beside a chat's creator
inline constexpr std::uint32_t kChatListMax = 200;              // a greater limit counts as this
inline constexpr std::uint32_t kUnreadCountMax = 1000;
inline constexpr std::uint32_t kClubListMax = 100;  // of clubs, members and feeds
inline constexpr std::size_t kReasonBytesMax = 500;
inline constexpr std::size_t kAttachmentsMax = 10;
inline constexpr std::size_t kMediaIdBytesMax = 64;
inline constexpr std::size_t kAttachmentMetadataBytesMax = 4096;
inline constexpr std::size_t kContentTypeBytesMax = 32;
inline constexpr std::uint32_t kNotificationListMax = 100;
inline constexpr std::uint32_t kNotificationListDefault = 50;
inline constexpr std::size_t kNoticeTypesMax = 100;  // with a choice of the user's
inline constexpr std::size_t kNoticeTypeBytesMax = 64;
inline constexpr auto kZoneCorrection = 1h;  // a time zone taken by mistake may be put right
inline constexpr std::uint32_t kHistoryLimitMax = 200;
inline constexpr std::uint32_t kHistoryLimitDefault = 50;
inline constexpr std::uint32_t kLeaderboardLimitMax = 100;
inline constexpr std::size_t kHistoryBytesMax = 256 * 1024;  // of one answer; then fewer messages

// Channels
inline constexpr std::uint32_t kChannelsPerSocketMax = 512;
inline constexpr std::uint32_t kReplayEventsMax = 1000;
inline constexpr std::size_t kReplayBytesMax = 1024 * 1024;
inline constexpr std::uint32_t kReplayPageEvents = 100;
inline constexpr std::size_t kReplayPageBytes = 128 * 1024;
inline constexpr std::uint32_t kReceiptsParticipantsMax = 200;
inline constexpr std::uint32_t kPresenceUsersMax = 200;
inline constexpr auto kTypingLifetime = 5s;
inline constexpr auto kPresenceGrace = 15s;
inline constexpr std::uint32_t kCommandsInFlightMax = 128;  // per session: then it is not read

// HTTP
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kRequestLineBytesMax = 8 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 64;
inline constexpr std::size_t kBodyBytesMax = 64 * 1024;
inline constexpr auto kHeaderTimeout = 5s;
inline constexpr auto kKeepAliveTimeout = 30s;

static_assert(kReplayPageBytes + kFrameBytesMax * 4 < kOutboundBytesMax / 2,
              "a page of replay never fills the session's budget");
static_assert(kHistoryBytesMax < kOutboundBytesMax / 2);

}  // namespace kith::limits
