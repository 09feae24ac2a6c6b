#include "storage/postgres_statement.h"

#include <charconv>

namespace kith {
namespace {

constexpr int kText = 0;
constexpr int kBinaryFormat = 1;
// Postgres takes no more than 65,535 parameters; ours have a dozen. The room is taken at once, so
// that what points to a number stays good while the others are bound.
constexpr std::size_t kParametersMax = 24;

}  // namespace

void PostgresStatement::bind(int index, const char* value, std::size_t length, int format) {
  const auto at = static_cast<std::size_t>(index - 1);
  KITH_ASSERT(at < kParametersMax);
  if (parameters_.values.size() <= at) {
    parameters_.values.resize(at + 1);
    parameters_.lengths.resize(at + 1);
    parameters_.formats.resize(at + 1);
  }
  parameters_.values[at] = value;
  parameters_.lengths[at] = static_cast<int>(length);
  parameters_.formats[at] = format;
}

void PostgresStatement::bind_null(int index) {
  bind(index, nullptr, 0, kText);
}

void PostgresStatement::bind_integer(int index, std::int64_t value) {
  if (numbers_.empty()) numbers_.resize(kParametersMax);
  auto& digits = numbers_.at(static_cast<std::size_t>(index - 1));
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size() - 1, value).ptr;
  *end = '\0';
  bind(index, digits.data(), 0, kText);
}

void PostgresStatement::bind_blob(int index, std::string_view value) {
  // A null pointer would be NULL, not the empty text.
  bind(index, value.data() == nullptr ? "" : value.data(), value.size(), kBinaryFormat);
}

bool PostgresStatement::step() {
  if (connection_.failure()) return false;
  if (!ran_) {
    ran_ = true;
    row_ = -1;
    result_ = connection_.run(*this);
  }
  if (result_ == nullptr) return false;
  return ++row_ < PQntuples(result_.get());
}

void PostgresStatement::reset() {
  ran_ = false;
  result_.reset();
}

bool PostgresStatement::is_null(int column) const {
  return result_ == nullptr || PQgetisnull(result_.get(), row_, column) != 0;
}

std::int64_t PostgresStatement::integer(int column) const {
  return result_ == nullptr ? 0 : integer_of(result_.get(), row_, column);
}

std::string_view PostgresStatement::text(int column) const {
  return is_null(column) ? std::string_view() : bytes_of(result_.get(), row_, column);
}

}  // namespace kith
