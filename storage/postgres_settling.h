// What has become of a transaction whose COMMIT was sent and not answered (RELIABILITY F14).
//
// It is not tried again: it may have been committed, or be about to be, by a server process that
// has not noticed yet that nobody listens. Every writing transaction holds an advisory lock that is
// named by its id, from its first statement on; who gets that lock knows that it has ended, and the
// server keeps how (pg_xact_status). An id says that only within one history of the server: after a
// failover another transaction may bear it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "storage/postgres_connection.h"

namespace kith {

enum class Settled : std::uint8_t {
  committed,
  undone,
  unknown,  // whoever asked is told `unavailable`; their repeat is recognised
};

struct UnsettledTransaction {
  std::uint64_t id = 0;  // 0: the server had not said it
  std::string timeline;
};
// Waits between two tries; false: give up.
using SettlingPause = std::function<bool(std::chrono::milliseconds)>;

// At least one try, and no new one after `until`. Leaves no failure and no transaction on the
// connection.
//
// `committed` means that it survives the server, too: a COMMIT that was waiting for a synchronous
// standby when its session ended stands, and may be on this server alone. So another one is made
// behind it, which waits as it should have.
Settled settle(PostgresConnection& connection, const UnsettledTransaction& transaction,
               std::chrono::steady_clock::time_point until, const SettlingPause& pause);

}  // namespace kith
