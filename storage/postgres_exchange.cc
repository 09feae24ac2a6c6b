// The part of PostgresConnection that sends statements and takes their answers, in libpq's pipeline
// mode (postgresql.org/docs/15/libpq-pipeline-mode.html): what is sent before a sync is answered in
// that order, and nothing behind a failure is run.
#include <poll.h>

#include <algorithm>
#include <array>

#include "protocol/assert.h"
#include "storage/postgres_connection.h"
#include "storage/postgres_failure.h"
#include "storage/postgres_statement.h"

namespace kith {
namespace {

constexpr int kBinary = 1;

}  // namespace

bool PostgresConnection::check_sent(int outcome) {
  if (outcome == 1) return true;
  lose(connection_ == nullptr ? "not connected" : PQerrorMessage(connection_));
  return false;
}

const char* PostgresConnection::make_ready(const char* sql, const Oid* types, int count) {
  if (failure_) return nullptr;
  if (connection_ == nullptr) {
    lose("not connected");
    return nullptr;
  }
  send_begin();
  if (failure_) return nullptr;
  auto& name = names_[sql];
  if (!name.empty()) return name.c_str();
  name.assign(1, 'k').append(std::to_string(names_.size()));
  if (!check_sent(PQsendPrepare(connection_, name.c_str(), sql, count, types))) return nullptr;
  awaited_.push_back({Awaited::What::prepare, sql});
  return name.c_str();
}

void PostgresConnection::send_plain(const char* sql, Awaited::What what) {
  const char* name = make_ready(sql, nullptr, 0);
  if (name == nullptr) return;
  if (!check_sent(PQsendQueryPrepared(connection_, name, 0, nullptr, nullptr, nullptr, kBinary))) {
    return;
  }
  awaited_.push_back({what, sql});
}

void PostgresConnection::send(const char* sql, std::initializer_list<Parameter> parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<Oid> types;
  for (const Parameter& parameter : parameters) {
    values.push_back(parameter.bytes->data());
    lengths.push_back(static_cast<int>(parameter.bytes->size()));
    types.push_back(parameter.type);
  }
  const std::vector<int> formats(values.size(), kBinary);
  const int count = static_cast<int>(values.size());
  const char* name = make_ready(sql, types.data(), count);
  if (name == nullptr) return;
  if (check_sent(PQsendQueryPrepared(connection_, name, count, values.data(), lengths.data(),
                                     formats.data(), kBinary))) {
    awaited_.push_back({Awaited::What::statement, sql});
  }
}

PostgresResult PostgresConnection::run(const PostgresStatement& statement) {
  const auto& parameters = statement.parameters();
  const int count = static_cast<int>(parameters.values.size());
  changes_ = 0;
  const char* name = make_ready(statement.sql(), nullptr, 0);
  if (name == nullptr) return nullptr;
  if (!check_sent(PQsendQueryPrepared(connection_, name, count, parameters.values.data(),
                                      parameters.lengths.data(), parameters.formats.data(),
                                      kBinary))) {
    return nullptr;
  }
  awaited_.push_back({Awaited::What::statement, statement.sql()});
  std::vector<PostgresResult> results;
  if (!await_answers(results)) return nullptr;
  KITH_ASSERT(!results.empty());  // what was sent before it comes first
  changes_ = changed_rows(results.back().get());
  return std::move(results.back());
}

std::vector<PostgresResult> PostgresConnection::exchange() {
  std::vector<PostgresResult> results;
  await_answers(results);
  return results;
}

void PostgresConnection::ask_for_answers() {
  if (!failure_) check_sent(PQsendFlushRequest(connection_));
}

void PostgresConnection::sync() {
  if (!failure_ && check_sent(PQpipelineSync(connection_))) ++syncs_;
}

bool PostgresConnection::await_answers(std::vector<PostgresResult>& results) {
  auto deadline = Clock::now() + options_.statement_timeout + options_.answer_grace;
  bool hurried = false;
  sync();
  while (connection_ != nullptr && syncs_ > 0) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) {
      lose(PQerrorMessage(connection_));
      break;
    }
    take_answers(results);
    if (connection_ == nullptr || syncs_ == 0) break;
    if (!hurried && closing()) {
      hurried = true;
      deadline = std::min<Clock::time_point>(deadline, Clock::now() + PostgresClosing::kPatience);
    }
    if (!await_socket(unsent > 0, deadline, hurried)) {
      lose("the database does not answer");
      silent_ = true;
      break;
    }
    if (PQconsumeInput(connection_) != 1) {
      const std::string why = PQerrorMessage(connection_);
      take_answers(results);  // the server may have said why before it went
      lose(why);
    }
  }
  return !failure_;
}

void PostgresConnection::take_answers(std::vector<PostgresResult>& results) {
  // Between the answers of two statements there is a null.
  int nulls = 0;
  while (connection_ != nullptr && syncs_ > 0 && PQisBusy(connection_) == 0) {
    PostgresResult result(PQgetResult(connection_));
    if (result != nullptr) {
      nulls = 0;
      take(std::move(result), results);
    } else if (++nulls > 1) {
      if (PQstatus(connection_) != CONNECTION_OK) lose(PQerrorMessage(connection_));
      return;
    }
  }
}

void PostgresConnection::take(PostgresResult result, std::vector<PostgresResult>& results) {
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_PIPELINE_SYNC) {
    if (--syncs_ == 0) {
      awaited_.clear();
      answered_ = 0;
    }
    return;
  }
  if (answered_ == awaited_.size()) {  // the server speaks unasked: it says why it goes
    lose(failure_of(result.get()).text);
    return;
  }
  const Awaited awaited = awaited_[answered_++];
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    if (awaited.what == Awaited::What::prepare) names_.erase(awaited.sql);
    if (status == PGRES_PIPELINE_ABORTED) return;
    fail(failure_of(result.get()), sqlstate_of(result.get()));
    const bool refused = !sqlstate_of(result.get()).empty();
    if (writing_ && !began_ && refused) never_began_ = true;
    if (failure_->kind == SqlFailureKind::lost) lose(failure_->text);
    return;
  }
  switch (awaited.what) {
    case Awaited::What::prepare:
      break;
    case Awaited::What::transaction:
      began_ = true;
      // What a COMMIT of a transaction that has failed is answered with.
      if (std::string_view(awaited.sql) == "COMMIT" &&
          std::string_view(PQcmdStatus(result.get())) == "ROLLBACK") {
        fail({.kind = SqlFailureKind::other, .text = "the transaction was undone"}, "");
      }
      break;
    case Awaited::What::id:
      transaction_id_ = static_cast<std::uint64_t>(integer_of(result.get(), 0, 0));
      break;
    case Awaited::What::statement:
      rows_changed_ += changed_rows(result.get());
      results.push_back(std::move(result));
      break;
  }
}

// True: there may be something to do, or the store is closing, which it looks for unless `hurried`.
bool PostgresConnection::await_socket(bool to_write, Clock::time_point deadline, bool hurried) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  const bool looks = !hurried && options_.closing != nullptr;
  std::array<pollfd, 2> ends{
      {{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0},
       // poll() passes over what is negative.
       {.fd = looks ? options_.closing->descriptor() : -1, .events = POLLIN, .revents = 0}}};
  if (to_write) ends[0].events |= POLLOUT;
  const int ready =
      poll(ends.data(), ends.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  return ready > 0 || (ready < 0 && errno == EINTR);
}

}  // namespace kith
