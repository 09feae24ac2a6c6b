#include "storage/postgres_result.h"

#include <charconv>
#include <cstring>

#include "protocol/assert.h"

namespace kith {
namespace {

constexpr std::size_t kNullsAt = 4;  // in an array's head: does it hold NULLs?

std::uint64_t big_endian(const char* bytes, int length) {
  std::uint64_t value = 0;
  for (int i = 0; i < length; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

}  // namespace

std::int64_t integer_of(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return 0;
  const int length = PQgetlength(result, row, column);
  const std::uint64_t value = big_endian(PQgetvalue(result, row, column), length);
  switch (length) {
    case 1:
      return static_cast<std::int64_t>(value);  // a boolean
    case 2:
      return static_cast<std::int16_t>(value);
    case 4:
      return static_cast<std::int32_t>(value);
    default:
      KITH_ASSERT(length == 8);
      return static_cast<std::int64_t>(value);
  }
}

std::int64_t changed_rows(PGresult* result) {
  const std::string_view command = PQcmdStatus(result);
  if (command.starts_with("SELECT")) return 0;
  const std::string_view text = PQcmdTuples(result);
  std::int64_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

Oid array_of(PostgresType element) {
  switch (element) {
    case PostgresType::bytea:
      return 1001;
    case PostgresType::int8:
      return 1016;
    case PostgresType::text:
      return 1009;
    case PostgresType::uuid:
      return 2951;
  }
  KITH_ASSERT(false);
  return 0;
}

void PostgresArray::start(std::size_t count) {
  data_.clear();
  put(1);  // dimensions
  put(0);  // no NULLs
  put(static_cast<std::uint32_t>(element_));
  put(static_cast<std::uint32_t>(count));
  put(1);  // the first index
}

void PostgresArray::put(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    data_.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> shift)));
  }
}

void PostgresArray::add(std::int64_t value) {
  put(8);
  put(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32U));
  put(static_cast<std::uint32_t>(value));
}

void PostgresArray::add(std::string_view bytes) {
  put(static_cast<std::uint32_t>(bytes.size()));
  data_.append(bytes);
}

void PostgresArray::add_null() {
  put(0xffffffffU);
  data_[kNullsAt + 3] = 1;
}

std::string_view next_element(std::string_view& array) {
  KITH_ASSERT(array.size() >= 4);
  const auto length = static_cast<std::size_t>(big_endian(array.data(), 4));
  KITH_ASSERT(array.size() - 4 >= length);
  const std::string_view element = array.substr(4, length);
  array.remove_prefix(4 + length);
  return element;
}

}  // namespace kith
