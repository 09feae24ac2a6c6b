// What the engine counts, as plain integers of its shard (read on that shard, added up by
// /metrics).
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "engine/histogram.h"
#include "protocol/close_code.h"
#include "protocol/command.h"

namespace kith {

enum class Outcome : std::uint8_t { ok, duplicate, refused, unavailable };
inline constexpr std::array<const char*, 4> kOutcomeNames = {"ok", "duplicate", "refused",
                                                             "unavailable"};

inline constexpr std::array kCloseCodes = {
    CloseCode::internal_error, CloseCode::draining,          CloseCode::token_expired,
    CloseCode::ping_timeout,   CloseCode::reader_stalled,    CloseCode::over_capacity,
    CloseCode::bad_token,      CloseCode::not_this_protocol, CloseCode::init_timeout,
    CloseCode::chat_forbidden, CloseCode::too_many_sockets,  CloseCode::chat_gone,
    CloseCode::session_revoked};

struct Counters {
  // By the index of Command's alternatives (command_name names them) and by outcome.
  std::array<std::array<std::uint64_t, 4>, std::variant_size_v<Command>> commands{};
  // The same of changes that came over HTTP, under the frame type that would have done it.
  std::array<std::array<std::uint64_t, 4>, std::variant_size_v<Command>> http_changes{};
  std::uint64_t frames_in = 0;
  std::uint64_t frames_bad = 0;      // answered with an error before they became a command
  std::uint64_t deliveries = 0;      // events copied into a session's outbound queue
  std::uint64_t durable_events = 0;  // put in order by the sequencers
  std::uint64_t replays = 0;         // attaches that replayed something
  std::uint64_t replayed_events = 0;
  std::uint64_t gaps_told = 0;          // "recovered":false with a gap
  std::uint64_t bus_repeats = 0;        // dropped by a sequencer
  std::uint64_t bus_late = 0;           // waited for
  std::uint64_t backfills = 0;          // holes filled from the log
  std::uint64_t heads_healed = 0;       // tails that the look at the heads found missing
  std::uint64_t dropped_ephemeral = 0;  // to slow readers
  std::uint64_t dropped_state = 0;      // superseded by a newer value for a slow reader
  std::uint64_t fell_behind = 0;        // sessions that passed their budget
  std::uint64_t rate_limited = 0;
  std::array<std::uint64_t, kCloseCodes.size() + 1> closes{};  // by the engine; others last
  void count_close(CloseCode code) {
    std::size_t i = 0;
    while (i < kCloseCodes.size() && kCloseCodes[i] != code) ++i;
    ++closes[i];
  }
  LatencyHistogram ack_latency;  // command read to ack queued
  // A message's time (its reading by the server, of whichever node) to its frame in the queues of
  // this shard's subscribers: with the commit, the bus, and what had to be healed.
  LatencyHistogram delivery_latency;
};

}  // namespace kith
