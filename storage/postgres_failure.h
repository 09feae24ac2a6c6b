// What Postgres' error codes mean to us (postgresql.org/docs/15/errcodes-appendix.html).
#pragma once

#include <libpq-fe.h>

#include <string_view>

#include "storage/sql_connection.h"

namespace kith {

// Raised by require_rows() of our schema: not every message of a batch may be appended.
inline constexpr std::string_view kNotAllRows = "KT001";

SqlFailureKind failure_kind_of(std::string_view sqlstate);
// The code and the server's first line. Not its detail, which holds the values of rows.
SqlFailure failure_of(const PGresult* result);
std::string_view sqlstate_of(const PGresult* result);

}  // namespace kith
