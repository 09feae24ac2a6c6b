#include "bench/compare.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "bench/flat_json.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

class Files {
 public:
  Files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "compareXXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  ~Files() {
    std::error_code ignored;  // a directory left behind spoils no test
    std::filesystem::remove_all(directory_, ignored);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string path(std::string_view name) const { return (directory_ / name).string(); }
  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

 private:
  std::filesystem::path directory_;
};

// One line per value: runs that took that long to catch up.
std::string runs(const std::vector<double>& caught_up_s) {
  std::string out;
  for (const double value : caught_up_s) {
    out += fmt::format(R"({{"scenario":"storm","connections":10,"rate":5,"lost":0,)"
                       R"("figures":{{"caught_up_s":{}}},"ok":true}})"
                       "\n",
                       value);
  }
  return out;
}

std::string compared(const Files& files, std::string_view a, std::string_view b) {
  const auto text = compare_files(files.write("a.json", a), files.write("b.json", b));
  REQUIRE_MESSAGE(text.ok(), text.error().message);
  return text.value();
}

// The row of one metric, its columns parted by single spaces.
std::string row(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line);
    std::string out;
    for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
    return out;
  }
  return {};
}

TEST_CASE("medians, ratio and the spread of the runs") {
  const Files files;
  const std::string text =
      compared(files, runs({10, 30, 20}), runs({60, 50, 45, 55}));  // medians 20 and 52.5
  CHECK(row(text, "figures.caught_up_s") ==
        "figures.caught_up_s 20 (10 - 30) 52.5 (45 - 60) 2.625 (1.500 - 6.000) * b is higher");
  const std::string back = compared(files, runs({60, 50, 45, 55}), runs({10, 30, 20}));
  CHECK(row(back, "figures.caught_up_s").ends_with("0.381 (0.167 - 0.667) * b is lower"));
  CHECK(text.find("0 in every run of both: lost") != std::string::npos);
  CHECK(text.find("DIFFERENT") == std::string::npos);
}

TEST_CASE("where the runs overlap no difference is shown") {
  const Files files;
  const std::string text = compared(files, runs({10, 20, 30}), runs({29, 40, 50}));
  CHECK(row(text, "figures.caught_up_s") ==
        "figures.caught_up_s 20 (10 - 30) 40 (29 - 50) 2.000 (0.967 - 5.000) no difference shown");
  CHECK(row(compared(files, runs({10, 20}), runs({20, 30})), "figures.caught_up_s")
            .ends_with("no difference shown"));
}

TEST_CASE("a difference in what most runs are made for is marked, and nothing else") {
  const Files files;
  Report report = sample_report();
  const std::string a = json(report) + "\n" + json(report);
  report.in_time.delivered *= 2;
  report.verdict.not_come = 3;
  const std::string text = compared(files, a, json(report) + "\n" + json(report));
  CHECK(row(text, "delivered_per_s").ends_with(" * b is higher"));
  CHECK(row(text, "not_come").ends_with(") - b is higher"));
  CHECK(row(text, "ack_ms.p99").ends_with(") the same"));
  CHECK(text.find("* a difference in what most runs are made for") != std::string::npos);
}

TEST_CASE("runs that lie apart by next to nothing show no difference") {
  const Files files;
  const auto finding = [&](const std::vector<double>& a, const std::vector<double>& b) {
    const std::string found = row(compared(files, runs(a), runs(b)), "figures.caught_up_s");
    return found.substr(found.rfind(')') + 2);
  };
  CHECK(finding({100, 100.2, 100.4}, {100.6, 101, 101.2}) == "less than 2 % apart");
  CHECK(finding({100.6, 101, 101.2}, {100, 100.2, 100.4}) == "less than 2 % apart");
  CHECK(finding({99, 100, 101}, {101.5, 102.5, 103}) == "* b is higher");
  CHECK(finding({101.5, 102.5, 103}, {99, 100, 101}) == "* b is lower");
}

TEST_CASE("of few runs it is said how often they differ by chance") {
  const Files files;
  const auto said = [&](std::size_t a, std::size_t b) {
    const std::string text =
        compared(files, runs(std::vector<double>(a, 1)), runs(std::vector<double>(b, 1)));
    const auto begin = text.find("FEW RUNS: ");
    return begin == std::string::npos ? "" : text.substr(begin, text.find(';', begin) - begin);
  };
  CHECK(said(5, 5).empty());
  CHECK(said(3, 3) ==
        "FEW RUNS: 3 against 3 seem to differ in 1 of 10 metrics even of the same server");
  CHECK(said(4, 5) ==
        "FEW RUNS: 4 against 5 seem to differ in 1 of 63 metrics even of the same server");
  CHECK(said(6, 2) ==
        "FEW RUNS: 6 against 2 seem to differ in 1 of 14 metrics even of the same server");
  CHECK(said(1, 9) == "FEW RUNS: one shows no difference");
}

TEST_CASE("one run on a side shows no difference, however large") {
  const Files files;
  CHECK(row(compared(files, runs({1}), runs({100, 101})), "figures.caught_up_s")
            .ends_with("too few runs to tell"));
  CHECK(row(compared(files, runs({7}), runs({7})), "figures.caught_up_s").ends_with("the same"));
}

TEST_CASE("columns stay aligned where numbers are long") {
  const Files files;
  const std::string text =
      compared(files, runs({1e9, 2e9, 123'456'789'012'345.0}), runs({1, 2, 3}));
  std::istringstream lines(text.substr(text.find("\n\n") + 2));
  std::string head;
  std::string row;
  std::getline(lines, head);
  std::getline(lines, row);
  // What opens a range in the head opens one in the row, too.
  std::vector<std::size_t> in_head;
  std::vector<std::size_t> in_row;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '(') in_head.push_back(i);
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '(') in_row.push_back(i);
  }
  CHECK(in_head.size() == 3);
  CHECK(in_head == in_row);
}

TEST_CASE("what was asked for is no row: it cannot tell how the runs differ") {
  const Files files;
  Report report = sample_report();
  report.figures = {{.key = "missed_per_client", .value = 10}, {.key = "caught_up_s", .value = 1}};
  const std::string text = compared(files, json(report), json(report));
  for (const char* name : {"cores", "threads", "figures.missed_per_client"}) {
    CHECK(row(text, name).empty());
  }
  CHECK_FALSE(row(text, "figures.caught_up_s").empty());
}

TEST_CASE("of 0 there is no ratio, but a finding") {
  const Files files;
  CHECK(row(compared(files, runs({0, 0}), runs({2, 3})), "figures.caught_up_s") ==
        "figures.caught_up_s 0 (0 - 0) 2.5 (2 - 3) - * b is higher");
}

TEST_CASE("runs of different things are pointed out, and so are those that failed") {
  const Files files;
  Report a = sample_report();
  Report b = sample_report();
  b.scenario = "broadcast";
  b.connections = 5000;
  b.rate = 200;
  b.setting.machine = "64 cores";
  b.verdict.lost = 1;
  const std::string text = compared(files, json(a) + "\n" + json(a), json(b));
  CHECK(text.find("DIFFERENT scenario: rooms in a, broadcast in b") != std::string::npos);
  CHECK(text.find("DIFFERENT connections: 40 in a, 5,000 in b") != std::string::npos);
  CHECK(text.find("DIFFERENT rate: 100 in a, 200 in b") != std::string::npos);
  CHECK(text.find("DIFFERENT setting.machine: 4 cores in a, 64 cores in b") != std::string::npos);
  CHECK(text.find("FAILED: 1 of the 1 runs of b") != std::string::npos);
  CHECK(text.find("runs of a\n") == std::string::npos);
  CHECK(text.find("DIFFERENT") < text.find("a median"));
  // Within one file, too.
  CHECK(compared(files, json(a) + "\n" + json(b), json(a) + "\n" + json(b))
            .find("DIFFERENT rate: 100 and 200 in a, 100 and 200 in b") != std::string::npos);
}

TEST_CASE("a whole report compares with itself: every metric the same") {
  const Files files;
  const std::string line = json(sample_report());
  const std::string text = compared(files, line + "\n\n" + line + "\n", line + "\n" + line);
  CHECK(row(text, "delivery_ms.p99").ends_with("1.000 (1.000 - 1.000) the same"));
  CHECK(row(text, "server.cpu_us_per_delivery").ends_with("the same"));
  CHECK(row(text, "connections").empty());  // a setting, not a metric
  CHECK(text.find("b is") == std::string::npos);
}

TEST_CASE("what some runs did not measure is counted, what one side has not is left out") {
  const Files files;
  Report silent = sample_report();
  silent.delivery.clear();
  silent.server.reset();
  const std::string line = json(sample_report());
  const std::string text = compared(files, line + "\n" + json(silent), line + "\n" + line);
  CHECK(row(text, "delivery_ms.p99").ends_with("; measured in 1 of 2 runs of a"));
  const std::string one_sided = compared(files, json(silent), line);
  CHECK(row(one_sided, "delivery_ms.p99").empty());
  CHECK(row(one_sided, "server.cpu_s").empty());
}

TEST_CASE("errors name the file and the line") {
  const Files files;
  const std::string good = files.write("good.json", runs({1}));
  const auto error_of = [&](std::string_view text) {
    const auto result = compare_files(good, files.write("bad.json", text));
    REQUIRE_FALSE(result.ok());
    return result.error().message;
  };
  const std::string bad = files.path("bad.json");
  CHECK(error_of(runs({1, 2}) + "{\"scenario\":").starts_with(bad + ":3: "));
  CHECK(error_of("\n[]\n") == bad + ":2: not a JSON object");
  CHECK(error_of("{\"lost\":0}\n") == bad + ":1: not a run of kith-bench");
  CHECK(error_of("") == bad + ":0: no run in it");
  for (const std::string& missing : {files.path("missing.json"), files.path("")}) {
    const auto result = compare_files(missing, good);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message == missing + ": cannot be read");
  }
}

TEST_CASE("a flat report keeps paths, order, nulls and texts") {
  const auto flat = flatten(R"({"b":{"c":{"d":2}},"a":1,"n":null,"t":"x","f":true,"l":[1,2]})");
  REQUIRE(flat.ok());
  REQUIRE(flat->numbers.size() == 4);
  CHECK(flat->numbers[0].first == "b.c.d");
  CHECK(**flat->number("a") == 1);
  CHECK(**flat->number("f") == 1);
  REQUIRE(flat->number("n") != nullptr);
  CHECK_FALSE(flat->number("n")->has_value());
  CHECK(*flat->text("t") == "x");
  CHECK(flat->number("l") == nullptr);
}

TEST_CASE("a run of several nodes is compared with another, and told from one of a single node") {
  const Files files;
  Report one = sample_report();
  Report two = one;
  two.nodes = {{.url = "ws://a"}, {.url = "ws://b"}};
  two.delivery_cross = two.delivery;
  const std::string several = json(two) + "\n";
  const std::string same = compared(files, several, several);
  CHECK(same.find("DIFFERENT") == std::string::npos);
  CHECK(same.find("delivery_cross_ms.p99") != std::string::npos);
  const std::string different = compared(files, json(one) + "\n", several);
  CHECK(different.find("DIFFERENT node_count: not stated in a, 2 in b") != std::string::npos);
}

}  // namespace
}  // namespace kith::bench
