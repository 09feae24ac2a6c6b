#include "storage/postgres_failure.h"

namespace kith {

SqlFailureKind failure_kind_of(std::string_view sqlstate) {
  if (sqlstate == "23505") return SqlFailureKind::unique_violation;
  // serialization_failure, deadlock_detected, lock_not_available
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03") {
    return SqlFailureKind::contended;
  }
  // The server is going, or has ended this session. read_only_sql_transaction: it has become a
  // standby, and the one that we look for is another. An empty code is libpq's own: no server.
  if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") ||
      sqlstate == "25006" || sqlstate == "25P03") {
    return SqlFailureKind::lost;
  }
  if (sqlstate == "53100") return SqlFailureKind::full;  // disk_full
  if (sqlstate == "58030") return SqlFailureKind::io;
  if (sqlstate == "XX001" || sqlstate == "XX002") return SqlFailureKind::corrupt;
  return SqlFailureKind::other;
}

std::string_view sqlstate_of(const PGresult* result) {
  const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return code == nullptr ? std::string_view() : std::string_view(code);
}

SqlFailure failure_of(const PGresult* result) {
  const std::string_view code = sqlstate_of(result);
  const char* line = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  SqlFailure failure{.kind = failure_kind_of(code), .text = std::string(code)};
  if (line != nullptr) failure.text.append(code.empty() ? "" : ": ").append(line);
  if (failure.text.empty()) failure.text = "the connection to the database is gone";
  return failure;
}

}  // namespace kith
