// Refused accesses, for the audit log (RELIABILITY 3.5): "access.refused" of an authenticated
// caller, at either door.
// - HTTP: {"route":"GET /chats/{chat_id}","status":404} where the answer was 403, or 404 about
//   something that they named. The route is its pattern, with the method.
// - Socket: {"frame":"subscribe","code":"forbidden"} where that was the error, or `not_found`
//   (engine/ports/refusal_witness.h). The frame is told by its type.
// Nothing else of what was asked is in it: no path, query or body, no id and no text. What nobody
// has and what somebody else has are answered alike, so both leave the same entry: whoever reads
// it, callers in their own export too, learns no more than the answer said. A service stands in
// "service_id", alone or for the user in whose name it asked.
//
// Anybody with a token can be refused as fast as they can ask, and the log is for ever. So a caller
// has the first kEntriesPerCaller, at both doors together, and then one entry a second, which says
// in "left_out" how many of theirs came unaudited before it; and all callers of a shard together
// have kEntriesPerShard, and then kEntriesPerSecond. Of more than kCallersMax at once, and of those
// who were forgotten again, the sum stands in "left_out_of_others" of whoever's entry is next. What
// was left out behind somebody's last entry is told by none, as with refused tokens
// (session_authenticator.h).
//
// Decides and writes the detail; does not store it. One per shard, on its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "gateway/http_message.h"
#include "gateway/token_bucket.h"
#include "protocol/error_code.h"
#include "protocol/ids.h"

namespace kith {

class RefusedAccess {
 public:
  static constexpr const char* kAction = "access.refused";
  static constexpr double kEntriesPerCaller = 10;
  static constexpr double kEntriesPerShard = 200;
  static constexpr double kEntriesPerSecond = 10;
  static constexpr std::size_t kCallersMax = 10'000;

  struct Service {
    ServiceId id{};
    std::int64_t key = 0;
  };
  struct Request {
    HttpMethod method;
    std::string_view pattern;
    int status;
  };
  struct Frame {
    std::string_view type;
    ErrorCode code;
  };
  struct Refusal {
    std::optional<UserKey> user{};  // nothing: a service in its own name
    std::optional<Service> service{};
    std::variant<Request, Frame> by;
  };

  // The detail of the entry that this one is worth; nothing: it is counted for a later one.
  std::optional<std::string> entry_for(const Refusal& refusal, SteadyTime now);

 private:
  struct Caller {
    TokenBucket entries;
    std::int64_t left_out = 0;
  };

  Caller* find_caller(const Refusal& refusal, SteadyTime now);
  void forget_quiet_callers(SteadyTime now);

  std::unordered_map<std::int64_t, Caller> callers_;  // by the user's key; a service's is below 0
  TokenBucket entries_{kEntriesPerShard, TokenBucket::Seconds(1.0 / kEntriesPerSecond),
                       SteadyTime{}};
  std::int64_t left_out_of_others_ = 0;
  std::optional<SteadyTime> swept_;
};

}  // namespace kith
