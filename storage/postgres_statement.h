// A statement with its parameters, and its rows once it has run.
#pragma once

#include <array>
#include <vector>

#include "storage/postgres_connection.h"

namespace kith {

class PostgresStatement final : public SqlStatement {
 public:
  PostgresStatement(PostgresConnection& connection, const char* sql)
      : connection_(connection), sql_(sql) {}

  void bind_null(int index) override;
  void bind_integer(int index, std::int64_t value) override;
  void bind_text(int index, std::string_view value) override { bind_blob(index, value); }
  void bind_blob(int index, std::string_view value) override;
  bool step() override;
  void reset() override;
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string_view text(int column) const override;

  const char* sql() const { return sql_; }
  // As PQsendQueryPrepared takes them.
  struct Parameters {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  const Parameters& parameters() const { return parameters_; }

 private:
  static constexpr std::size_t kDigitsMax = 24;
  void bind(int index, const char* value, std::size_t length, int format);

  PostgresConnection& connection_;
  const char* const sql_;
  Parameters parameters_;
  std::vector<std::array<char, kDigitsMax>> numbers_;  // as many as there are parameters
  PostgresResult result_;
  bool ran_ = false;
  int row_ = -1;
};

}  // namespace kith
