// libpq's results, owned; and arrays as its binary parameters (postgresql.org/docs/15/libpq.html).
#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kith {

struct ClearPostgresResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearPostgresResult>;

// Of a binary column of 1, 2, 4 or 8 bytes; 0 where it is NULL.
std::int64_t integer_of(const PGresult* result, int row, int column);
inline std::string_view bytes_of(const PGresult* result, int row, int column) {
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}
// Rows that an INSERT, UPDATE or DELETE changed; 0 for everything else.
std::int64_t changed_rows(PGresult* result);

// The types that we send arrays of (pg_type.dat).
enum class PostgresType : Oid { bytea = 17, int8 = 20, text = 25, uuid = 2950 };
Oid array_of(PostgresType element);

// A one-dimensional array, as array_recv reads it. One per column of a batch, used again and again.
class PostgresArray {
 public:
  explicit PostgresArray(PostgresType element) : element_(element) {}
  void start(std::size_t count);
  void add(std::int64_t value);
  void add(std::string_view bytes);
  void add(const std::array<std::uint8_t, 16>& bytes) {
    add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  void add_null();

  const std::string& data() const { return data_; }
  Oid type() const { return array_of(element_); }

 private:
  void put(std::uint32_t value);

  PostgresType element_;
  std::string data_;
};
// An array as it is read: the elements of an int8[].
std::string_view next_element(std::string_view& array);

}  // namespace kith
