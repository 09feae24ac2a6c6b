// The disk under the real kithd is full, or fails (RELIABILITY F15, F16): reads go on, nothing is
// acked that is not there after a restart, space that comes back is enough, and a failed fsync ends
// the process at once, since nobody knows what it has lost.
#include <signal.h>

#include "storage/sqlite_connection.h"
#include "tests/chaos/faulty_host.h"
#include "tests/chaos/survivors.h"
#include "tests/support/await.h"
#include "tests/support/bench_run.h"

namespace kith::test {
namespace {

constexpr int kExitStorageFailed = 75;
constexpr auto kFaultPatience = 60s;

template <typename Condition>
[[nodiscard]] bool await(const Condition& holds) {
  return await_condition(Clock::now() + kFaultPatience, 5ms, holds);
}

enum class Sends { refused, acked };

struct Disk {
  explicit Disk(Survivors::Options options) : survivors(std::move(options)) {
    CHECK(survivors.server().terminate() == 0);
    survivors.restart(host.launch(survivors.server().data()));
    REQUIRE(host.get(&fault_control::loaded) > 0);
  }
  TestServer& server() { return survivors.server(); }

  FaultyHost host;
  Survivors survivors;
};

void check_reads(Disk& disk) {
  CHECK(disk.server().http().get("/chats", disk.survivors.user().token).status == 200);
  WsClient reader = connect(disk.server(), disk.survivors.user());
  const Json page =
      reader.ask(R"({"type":"history","limit":50,"chat_id":")" + disk.survivors.chat() + R"("})");
  CHECK(page["type"].text() == "history");
  CHECK(page["messages"].size() > 0);
}

// Writes while the disk takes `space` more bytes into `files`, then nothing; then everything again.
void fill_up(std::int64_t files, std::int64_t space, Sends sends) {
  Disk disk({.clients = 3, .in_flight = 10, .text_bytes = 5000});
  disk.survivors.connect();
  disk.host.set(&fault_control::space_bytes, space);
  disk.host.set(&fault_control::full_files, files);
  disk.survivors.write();
  REQUIRE(await([&] {
    return disk.host.get(&fault_control::refused_writes) >= 3 || !disk.server().process().running();
  }));
  REQUIRE_MESSAGE(disk.server().process().running(), disk.server().log());
  check_reads(disk);
  CHECK((disk.survivors.refused() > 0) == (sends == Sends::refused));
  disk.host.heal();
  disk.survivors.stop();
  CHECK(disk.server().process().running());
  // What was refused is sent again and goes through, with nothing restarted.
  const Verdict verdict = disk.survivors.finish();
  CHECK(disk.survivors.unanswered() == 0);
  CHECK(disk.server().http().get("/readyz").status == 200);
  CHECK(disk.server().terminate() == 0);
  MESSAGE(verdict.acked, " acked, ", disk.survivors.refused(), " refused and sent again");
}

TEST_CASE("a full disk refuses sends, serves reads, and heals by itself") {
  fill_up(FAULT_DISK, 1'000'000, Sends::refused);
}

TEST_CASE("a disk that is full when a checkpoint comes heals as well") {
  fill_up(FAULT_DATABASE, 0, Sends::acked);
}

TEST_CASE("the index of the write-ahead log has its room from the beginning") {
  Disk disk({.clients = 3, .in_flight = 20, .text_bytes = 5000});
  disk.survivors.connect();
  // Whoever reads an old snapshot keeps the log from starting anew.
  auto reader = SqliteConnection::open((disk.server().data() / "kith.db").string(),
                                       SqliteConnection::Mode::look);
  REQUIRE(reader);
  (*reader)->begin_read(SqlConnection::Snapshot::one);
  REQUIRE((*reader)->query("SELECT count(*) FROM users").next());
  disk.host.set(&fault_control::full_files, FAULT_SHM);
  disk.survivors.write();
  // Beyond the first of the index's regions, of 4,096 pages of the log each.
  const auto log = disk.server().data() / "kith.db-wal";
  CHECK(await([&] {
    return std::filesystem::file_size(log) > 5000 * 4096 || !disk.server().process().running();
  }));
  REQUIRE_MESSAGE(disk.server().process().running(), disk.server().log());
  (*reader)->commit();
  disk.survivors.stop();
  disk.survivors.finish();
  CHECK(disk.server().terminate() == 0);
}

TEST_CASE("a full disk at the start is one clear line; with space it starts") {
  TestServer server;
  const User user = server.sign_up();
  CHECK(server.terminate() == 0);
  FaultyHost host;
  host.set(&fault_control::full_files, FAULT_DISK);
  const auto launch = host.launch(server.data());
  const Output output =
      run({kithd(), "--listen", server.address(), "--data", server.data().string()},
          launch.environment);
  CHECK(output.status == 1);
  CHECK_MESSAGE(std::ranges::count(output.err, '\n') == 1, output.err);
  host.heal();
  server.launch_with(launch);
  server.start();
  CHECK(server.http().get("/chats", user.token).status == 200);
}

TEST_CASE("a log that takes nothing loses lines and nothing else") {
  Disk disk({.clients = 2, .in_flight = 10});
  const double lost_before = metric(disk.server(), "kith_log_lines_dropped_total");
  disk.host.set(&fault_control::full_files, FAULT_LOG);
  disk.survivors.connect();
  disk.survivors.write();
  // A socket that the server closes is a line.
  constexpr int kLines = 50;
  for (int i = 0; i < kLines; ++i) {
    WsClient noise(disk.server().port());
    noise.send("not JSON");
    const std::uint16_t code = noise.wait_close();
    CHECK((code == 4501 || code == 4502));
  }
  // Each of them was refused by the disk, and is counted; the log's thread may be behind.
  CHECK(await([&] { return disk.host.get(&fault_control::refused_writes) >= kLines; }));
  CHECK(await([&] {
    return metric(disk.server(), "kith_log_lines_dropped_total") >= lost_before + kLines;
  }));
  disk.survivors.stop();
  disk.survivors.finish();
  CHECK(disk.server().terminate() == 0);
}

// Fails the fsync number `before` + 1 of these files under load; what follows is the end.
void fail_fsync(std::int64_t files, std::int64_t before) {
  CAPTURE(files);
  CAPTURE(before);
  Disk disk({.clients = 3, .in_flight = 50, .text_bytes = 500});
  disk.survivors.connect();
  disk.host.set(&fault_control::fsyncs_before, before);
  disk.host.set(&fault_control::fsync_errors, 1);
  disk.host.set(&fault_control::fsync_error_files, files);
  disk.survivors.write();
  CHECK(disk.server().process().wait(kFaultPatience) == kExitStorageFailed);
  disk.survivors.join();
  CHECK(disk.host.get(&fault_control::failed_fsyncs) == 1);
  CHECK(disk.host.get(&fault_control::syncs_after_failure) == 0);  // never tried again
  CHECK(disk.server().log().find("storage.failed") != std::string::npos);
  disk.survivors.restart({});
  disk.survivors.finish();
}

TEST_CASE("a failed fsync of the write-ahead log ends the process: 75, and nothing acked is lost") {
  for (const int before : {0, 7, 40}) fail_fsync(FAULT_WAL, before);
}

TEST_CASE("a failed fsync of the database in a checkpoint ends the process as well") {
  fail_fsync(FAULT_DATABASE, 0);
}

// The control of those above: a disk that had said of each fsync but the last that it was done, and
// has kept nothing, is told from one that has.
TEST_CASE("a disk that has lost what it had synced is found out") {
  Disk disk({.clients = 3, .in_flight = 20});
  CHECK(disk.server().terminate() == 0);
  disk.survivors.keep_store();
  disk.survivors.restart(disk.host.launch(disk.server().data()));
  disk.survivors.connect();
  disk.survivors.write();
  CHECK(await([&] { return metric(disk.server(), "kith_storage_messages_total") >= 300; }));
  disk.host.set(&fault_control::fsync_errors, 1);
  disk.host.set(&fault_control::fsync_error_files, FAULT_WAL);
  CHECK(disk.server().process().wait(kFaultPatience) == kExitStorageFailed);
  disk.survivors.join();
  disk.survivors.put_store_back();
  disk.survivors.restart({});
  const Verdict verdict = check(disk.survivors.end());
  INFO(to_text(verdict));
  CHECK(verdict.broke("C1"));
}

TEST_CASE("a write that fails acks nothing; whether it lives or ends, nothing acked is lost") {
  Disk disk({.clients = 3, .in_flight = 20});
  disk.survivors.connect();
  disk.survivors.write();
  disk.host.set(&fault_control::write_error_files, FAULT_WAL);
  CHECK(disk.server().process().wait(kFaultPatience) == kExitStorageFailed);
  disk.survivors.join();
  disk.host.heal();
  disk.survivors.restart({});
  disk.survivors.finish();
}

TEST_CASE("short writes are gone on with") {
  Disk disk({.clients = 2, .in_flight = 20, .text_bytes = 3000});
  disk.host.set(&fault_control::short_write_files, FAULT_DISK);
  disk.survivors.connect();
  disk.survivors.write();
  CHECK(await([&] { return disk.host.get(&fault_control::short_writes) > 5000; }));
  disk.survivors.stop();
  disk.survivors.finish();
  CHECK(disk.server().terminate() == 0);
}

TEST_CASE("killed in the middle of a write, to the log or in a checkpoint") {
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  std::mt19937_64 random(seed);
  const std::size_t cycles = from_environment("KITH_CYCLES", 30) / 10;
  for (const std::int64_t files : {FAULT_WAL, FAULT_DATABASE}) {
    CAPTURE(files);
    Disk disk({.clients = 3, .in_flight = 50, .text_bytes = 1500});
    CHECK(disk.server().terminate() == 0);
    for (std::size_t i = 0; i < cycles; ++i) {
      disk.survivors.restart(disk.host.launch(disk.server().data()));
      disk.survivors.connect();
      disk.host.set(&fault_control::kill_at_write, 1 + static_cast<std::int64_t>(random() % 1000));
      disk.host.set(&fault_control::kill_files, files);
      disk.survivors.write();
      CHECK(disk.server().process().wait(kFaultPatience) == 128 + SIGKILL);
      disk.survivors.join();
      disk.host.heal();
      disk.survivors.restart({});
      CHECK(disk.server().terminate() == 0);
    }
    disk.survivors.restart({});
    disk.survivors.finish();
  }
}

}  // namespace
}  // namespace kith::test
