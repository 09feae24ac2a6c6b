// What others have been told of one who is erased: looked for in all notifications, in the whole
// log and in leaderboards that are over, some hundred rows at a time, on a reader's connection. And
// what stands about them where order is kept: in notes of cases and in the audit log.
#pragma once

#include <string>
#include <vector>

#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith {

struct ErasureScan {
  struct Rewrite {
    std::int64_t row = 0;  // the key of its table
    std::string text;
  };
  std::int64_t to = 0;  // as far as this was looked at
  bool last = true;     // there is nothing behind it
  std::vector<Rewrite> rewrites;
};
// From behind the row with this key on.
ErasureScan scan_snapshots(SqlConnection& db, const UserRef& user, std::int64_t after);
ErasureScan scan_notices(SqlConnection& db, const UserRef& user, std::int64_t after);
ErasureScan scan_log(SqlConnection& db, const UserRef& user, std::int64_t after);
ErasureScan scan_cases(SqlConnection& db, const UserRef& user, std::int64_t after);
// Of entries whose personal part is to go; that the user was erased is to stay.
ErasureScan scan_audit(SqlConnection& db, const UserRef& user, std::int64_t after);

// The same JSON without what people have written: ids, times, numbers and words of ours stay, other
// strings are empty, and places are null.
std::string without_texts(std::string_view json);

}  // namespace kith
