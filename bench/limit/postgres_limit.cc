#include "bench/limit/postgres_limit.h"

#include <endian.h>
#include <libpq-fe.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <memory>
#include <stdexcept>

#include "bench/limit/message_source.h"
#include "bench/limit/pace.h"

namespace kith::limit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;
constexpr Oid kUuid = 2950;
constexpr Oid kInt8Array = 1016;
constexpr Oid kTextArray = 1009;
constexpr Oid kUuidArray = 2951;
constexpr int kBinary = 1;
constexpr std::int64_t kPrefillBatch = 4096;

constexpr const char* kDropTables = "DROP TABLE IF EXISTS limit_messages, limit_channels";
constexpr const char* kMakeTables =
    "CREATE TABLE limit_channels(id int8 PRIMARY KEY, last_seq int8 NOT NULL DEFAULT 0)"
    " WITH (fillfactor = 20);"
    "CREATE TABLE limit_messages(chat_id int8 NOT NULL, seq int8 NOT NULL, sender_id int8 NOT NULL,"
    " sent_at int8 NOT NULL, id uuid NOT NULL, client_message_id text COLLATE \"C\" NOT NULL,"
    " content text NOT NULL, PRIMARY KEY(chat_id, seq),"
    " UNIQUE(client_message_id, sender_id, chat_id))";
constexpr const char* kAdvance =
    "WITH held AS MATERIALIZED (SELECT c.id, w.n FROM unnest($1, $2) AS w(id, n)"
    " JOIN limit_channels c ON c.id = w.id ORDER BY c.id FOR UPDATE OF c)"
    " UPDATE limit_channels c SET last_seq = c.last_seq + h.n FROM held h WHERE c.id = h.id";
// `later`: how many of the batch come behind it in its channel.
constexpr const char* kInsert =
    "INSERT INTO limit_messages SELECT m.chat, c.last_seq - m.later, m.sender, m.at, m.id,"
    " m.client_id, m.content FROM unnest($1, $2, $3, $4, $5, $6, $7)"
    " AS m(chat, later, sender, at, id, client_id, content) JOIN limit_channels c ON c.id = m.chat";

// A one-dimensional array in the binary format of parameters.
class Array {
 public:
  explicit Array(Oid element) : element_(element) {}
  void start(std::size_t count) {
    data_.clear();
    for (const std::uint32_t word : {1U, 0U, element_, static_cast<std::uint32_t>(count), 1U}) {
      put(htobe32(word));
    }
  }
  void add(std::int64_t value) {
    put(htobe32(8));
    put(htobe64(static_cast<std::uint64_t>(value)));
  }
  void add(std::string_view value) {
    put(htobe32(static_cast<std::uint32_t>(value.size())));
    data_ += value;
  }
  const std::string& data() const { return data_; }

 private:
  template <typename T>
  void put(T value) {
    data_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const Oid element_;
  std::string data_;
};

class PostgresLoop {
 public:
  explicit PostgresLoop(const PostgresOptions& options)
      : options_(options),
        source_({.channels = options.channels,
                 .senders = options.senders,
                 .text_bytes = options.text_bytes}),
        db_(PQconnectdb(options.url.c_str()), PQfinish),
        queue_(static_cast<std::size_t>(std::max<std::int64_t>(options.batch, kPrefillBatch))) {
    if (PQstatus(db_.get()) != CONNECTION_OK) fail();
    ask("SET client_min_messages = error");
    ask(kDropTables);
    ask(kMakeTables);
    ask("INSERT INTO limit_channels(id) SELECT generate_series(1, " +
        std::to_string(options.channels) + ")");
    ask("ANALYZE limit_channels");
    prepare("begin", "BEGIN", {});
    prepare("commit", "COMMIT", {});
    prepare("advance", kAdvance, {kInt8Array, kInt8Array});
    prepare("insert", kInsert,
            {kInt8Array, kInt8Array, kInt8Array, kInt8Array, kUuidArray, kTextArray, kTextArray});
  }

  PostgresFigures run() {
    std::int64_t stored = 0;
    for (; stored < options_.prefill; stored += kPrefillBatch) write(kPrefillBatch);
    PostgresFigures figures;
    const std::string wal_from = ask("SELECT pg_current_wal_insert_lsn()");
    const double cpu_from = cpu_us();
    Pace pace(options_.rate, options_.batch);
    while (pace.elapsed_s() < options_.seconds) {
      const std::int64_t count = pace.due();
      if (count == 0) continue;
      const auto begun = Clock::now();
      write(count);
      figures.commits_us.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
      pace.committed(count, figures.acks_us);
      figures.messages += count;
    }
    const double wall = pace.elapsed_s();
    const auto messages = static_cast<double>(std::max<std::int64_t>(figures.messages, 1));
    figures.per_s = static_cast<double>(figures.messages) / wall;
    figures.client_us = (cpu_us() - cpu_from) / messages;
    figures.wal_bytes =
        std::atof(ask("SELECT pg_current_wal_insert_lsn() - '" + wal_from + "'::pg_lsn").c_str()) /
        messages;
    const std::string expected = std::to_string(stored + figures.messages);
    if (ask("SELECT count(*) FROM limit_messages") != expected ||
        ask("SELECT sum(last_seq) FROM limit_channels") != expected) {
      throw std::runtime_error("postgres: rows are missing");
    }
    ask(kDropTables);
    return figures;
  }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error(std::string("postgres: ") + PQerrorMessage(db_.get()));
  }

  static double cpu_us() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  }

  std::string ask(const std::string& sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(db_.get(), sql.c_str()),
                                                                PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail();
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

  void prepare(const char* name, const char* sql, std::vector<Oid> types) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQprepare(db_.get(), name, sql, static_cast<int>(types.size()), types.data()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail();
  }

  void send(const char* name, std::initializer_list<const Array*> parameters) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const Array* array : parameters) {
      values.push_back(array->data().data());
      lengths.push_back(static_cast<int>(array->data().size()));
    }
    const std::vector<int> formats(values.size(), kBinary);
    if (PQsendQueryPrepared(db_.get(), name, static_cast<int>(values.size()), values.data(),
                            lengths.data(), formats.data(), kBinary) != 1) {
      fail();
    }
  }

  void write(std::int64_t count) {
    const auto messages = static_cast<std::size_t>(count);
    std::map<std::int64_t, std::int64_t> counts;
    for (std::size_t i = 0; i < messages; ++i) {
      source_.next(queue_[i]);
      ++counts[queue_[i].channel];
    }
    if (PQenterPipelineMode(db_.get()) != 1) fail();
    send("begin", {});
    chat_.start(counts.size());
    later_.start(counts.size());
    for (const auto& [channel, of_it] : counts) {
      chat_.add(channel);
      later_.add(of_it);
    }
    send("advance", {&chat_, &later_});
    for (Array* column : {&chat_, &later_, &sender_, &at_, &id_, &client_id_, &content_}) {
      column->start(messages);
    }
    for (std::size_t i = 0; i < messages; ++i) {
      const SourceMessage& message = queue_[i];
      chat_.add(message.channel);
      later_.add(--counts[message.channel]);
      sender_.add(message.sender);
      at_.add(message.sent_at_ms);
      id_.add(
          std::string_view(reinterpret_cast<const char*>(message.id.data()), message.id.size()));
      client_id_.add(std::string_view(message.client_message_id));
      content_.add(std::string_view(source_.content()));
    }
    send("insert", {&chat_, &later_, &sender_, &at_, &id_, &client_id_, &content_});
    send("commit", {});
    finish();
  }

  void finish() {
    if (PQpipelineSync(db_.get()) != 1) fail();
    for (int nulls = 0; nulls < 2;) {
      const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQgetResult(db_.get()), PQclear);
      if (result == nullptr) {
        ++nulls;
        continue;
      }
      nulls = 0;
      const auto status = PQresultStatus(result.get());
      if (status == PGRES_PIPELINE_SYNC) {
        if (PQexitPipelineMode(db_.get()) != 1) fail();
        return;
      }
      if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail();
    }
    fail();
  }

  const PostgresOptions& options_;
  MessageSource source_;
  std::unique_ptr<PGconn, void (*)(PGconn*)> db_;
  std::vector<SourceMessage> queue_;
  Array chat_{kInt8}, later_{kInt8}, sender_{kInt8}, at_{kInt8}, id_{kUuid}, client_id_{kText},
      content_{kText};
};

}  // namespace

PostgresFigures run_postgres_limit(const PostgresOptions& options) {
  PostgresLoop loop(options);
  return loop.run();
}

}  // namespace kith::limit
