#include "bench/report_html.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "bench/svg_chart.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

bool belongs_to_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
}

struct Tag {
  std::string_view name;  // none: it is no tag
  bool closes = false;    // </p>
  bool empty = false;     // <br/>
  std::size_t length = 0;
};

// The tag that `text` begins with, if its name is one and all its attributes are quoted.
Tag tag_at(std::string_view text) {
  Tag tag;
  std::size_t at = 1;
  const auto skip = [&](auto belongs) {
    const std::size_t begin = at;
    while (at < text.size() && belongs(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  const auto take = [&](char c) {
    const bool there = at < text.size() && text[at] == c;
    if (there) ++at;
    return there;
  };
  tag.closes = take('/');
  const auto name = skip(belongs_to_name);
  while (true) {
    skip([](char c) { return c == ' ' || c == '\n'; });
    if (skip(belongs_to_name).empty()) break;
    if (!take('=') || !take('"')) return {};
    skip([](char c) { return c != '"' && c != '<'; });
    if (!take('"')) return {};
  }
  tag.empty = take('/');
  if (!take('>')) return {};
  tag.name = name;
  tag.length = at;
  return tag;
}

// Why the page is not well-formed, as strictly as XML takes it: every tag closed in turn, every
// attribute quoted, no bare < or &. Empty where it is.
std::string malformed(std::string_view page) {
  constexpr std::string_view kDoctype = "<!doctype html>";
  if (!page.starts_with(kDoctype)) return "no doctype";
  page.remove_prefix(kDoctype.size());
  std::vector<std::string_view> open;
  for (; !page.empty(); page.remove_prefix(1)) {
    const auto is_entity = [&](std::string_view entity) { return page.starts_with(entity); };
    if (page[0] == '&' && !is_entity("&amp;") && !is_entity("&lt;") && !is_entity("&gt;") &&
        !is_entity("&quot;") && !is_entity("&#39;")) {
      return "a bare &";
    }
    if (page[0] != '<') continue;
    const Tag tag = tag_at(page);
    if (tag.name.empty()) return "no tag: " + std::string(page.substr(0, 60));
    if (tag.closes) {
      if (open.empty() || open.back() != tag.name) {
        return "closes what is not open: " + std::string(tag.name);
      }
      open.pop_back();
    } else if (!tag.empty) {
      open.push_back(tag.name);
    }
    page.remove_prefix(tag.length - 1);
  }
  return open.empty() ? "" : "never closed: " + std::string(open.back());
}

// Whatever makes a browser fetch or run something.
void check_self_contained(const std::string& page) {
  std::string lower = page;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view loading :
       {"<script", "<link", "<iframe", "<img", "<object", "<embed", "src=", "href=", "url(",
        "@import", "http://", "https://", "onload=", "onclick="}) {
    CAPTURE(loading);
    CHECK_FALSE(contains(lower, loading));
  }
}

TEST_CASE("what looks for bad markup finds it") {
  CHECK(malformed("<!doctype html><p a=\"1\">x &amp; y<br/></p>") == "");
  for (const std::string_view bad : {"<p>", "<p></b>", "</p>", "<p>a & b</p>", "<p>1 < 2</p>",
                                     "<p a=1></p>", "<p a=\"<\"></p>", "<p"}) {
    CAPTURE(bad);
    CHECK(malformed("<!doctype html>" + std::string(bad)) != "");
  }
}

TEST_CASE("the page is well-formed, self-contained and made for a phone, too") {
  const std::string page = html(sample_report());
  CHECK(malformed(page) == "");
  check_self_contained(page);
  CHECK(contains(page, "<meta name=\"viewport\" content=\"width=device-width"));
  CHECK(contains(page, "prefers-color-scheme: dark"));
  CHECK(contains(page, "default-src 'none'"));
  CHECK_FALSE(contains(page, "{{"));
}

TEST_CASE("the page shows what ran, on what, and what came of it") {
  const std::string page = html(sample_report());
  for (const std::string_view part :
       {"kith-bench rooms --rate 100", "2026-01-02T03:04:05Z", "4 cores", "kith-bench 0.1.0",
        "kith 0.1.0", "ws://127.0.0.1:8080/ws", "<b>0</b>lost", "<b>0</b>doubled",
        "<b>0</b>reordered", "1,900/s", "caught_up_s", "CPU per delivery", "2.0 KiB",
        "<title>kith-bench rooms: OK</title>", "Delivery latency over time", "Ack latency",
        "Latency by percentile", "Messages per second", "Deliveries per second"}) {
    CAPTURE(part);
    CHECK(contains(page, part));
  }
  CHECK(contains(page, "class=\"verdict good\""));
  CHECK_FALSE(contains(page, "Errors per second"));
  CHECK_FALSE(contains(page, "own faults"));
}

TEST_CASE("a run that went wrong says so at the top, with its reasons and the client's faults") {
  Report report = sample_report();
  report.verdict.lost = 12;
  report.unacked = 3;
  report.failure = "the server closed 1013";
  report.failed_asserts = {"p99_ms<5: delivery_ms.p99 is 9.9"};
  report.late_sends = 4;
  report.intervals[1].errors = 7;
  const std::string page = html(report);
  CHECK(malformed(page) == "");
  CHECK(contains(page, "class=\"verdict bad\""));
  CHECK(contains(page, "<b>12</b>lost"));
  for (const std::string& reason : failures(report)) CHECK(contains(page, escaped(reason)));
  CHECK(contains(page, "broke off: the server closed 1013"));
  CHECK(contains(page, "3 messages without an answer when it ended"));
  CHECK(contains(page, "p99_ms&lt;5: delivery_ms.p99 is 9.9"));
  CHECK(contains(page, "4 sends (1.333 %) left late"));
  CHECK(contains(page, "Errors per second"));
  CHECK(contains(page, "2 s: errors 7/s"));
}

TEST_CASE("what was in the way, the client's threads and notes are on the page") {
  Report report = sample_report();
  report.troubles.broke = {{"closed with 4001", 3}};
  report.troubles.errors = {{"rate_limited", 5}};
  report.offline.record(std::chrono::seconds(2));
  report.waited.record(std::chrono::seconds(1));
  report.client_threads = {{.cpu_percent = 12, .waited_percent = 3, .longest_pause_ms = 8}};
  const std::string page = html(report);
  CHECK(malformed(page) == "");
  for (const std::string_view part :
       {"connections broke", "3 closed with 4001", "5 rate_limited", "thread 1",
        "CPU 12 %, waited for a core 3 %, longest pause 8.0 ms", "<h3>Notes</h3>",
        "1 connection broke and came back"}) {
    CAPTURE(part);
    CHECK(contains(page, part));
  }
  CHECK_FALSE(contains(page, "attempts to connect failed"));
}

// A row's name breaks nowhere, and would be as wide as the longest URL.
TEST_CASE("URLs of several nodes stand where they can wrap") {
  Report report = sample_report();
  const std::string url = "ws://a-very-long-name-of-a-node.in.some.cluster.example.org:8080/ws";
  report.setting.url = url + "," + url;
  report.nodes = {{.url = url}, {.url = url}};
  const std::string page = html(report);
  CHECK(malformed(page) == "");
  CHECK_FALSE(contains(page, "<th>" + url));
  CHECK(contains(page, "<th>node 1</th><td>" + url));
  for (const std::string_view rule : {".quiet { color: var(--quiet); overflow-wrap: anywhere; }",
                                      "overflow-x: auto;", "no-repeat scroll"}) {
    CHECK(contains(page, rule));
  }
}

TEST_CASE("text of others stays text on the page") {
  const std::string evil = "<script src=\"http://x\">'&</script>{{body}}\x01";
  Report report = sample_report();
  report.scenario = evil;
  report.setting = {.command_line = evil,
                    .started_at = evil,
                    .machine = evil,
                    .client = evil,
                    .server = evil,
                    .url = evil};
  report.failure = evil;
  report.failed_asserts = {evil};
  report.figures = {{.key = evil, .value = 1}};
  const std::string page = html(report);
  CHECK(malformed(page) == "");
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "\x01"));
  CHECK(occurrences(page, "&lt;script src=&quot;http://x&quot;&gt;&#39;&amp;&lt;/script&gt;") >= 9);
  CHECK(occurrences(page, "<h1>") == 1);
}

TEST_CASE("a run that never began, and one of a single second, have their page") {
  Report empty;
  empty.scenario = "idle";
  empty.failure = "nobody was ready within 120 s";
  const std::string page = html(empty);
  CHECK(malformed(page) == "");
  check_self_contained(page);
  CHECK(contains(page, "nothing measured"));
  for (const std::string_view no_number : {">nan", " nan", "\"nan", ">inf", " inf", "\"inf"}) {
    CHECK_FALSE(contains(page, no_number));
  }

  Report brief = sample_report();
  brief.intervals.resize(1);
  const std::string dots = html(brief);
  CHECK(malformed(dots) == "");
  CHECK(contains(dots, "<circle"));  // a single point is no line, but is seen
}

TEST_CASE("a second in which nothing came breaks the line of latency") {
  Report report = sample_report();
  report.intervals.resize(5, report.intervals[0]);
  for (std::size_t i = 0; i < 5; ++i) report.intervals[i].elapsed_s = static_cast<double>(i + 1);
  const auto lines_of_first_chart = [](const Report& one) {
    const std::string page = html(one);
    const auto begin = page.find("Delivery latency");
    const auto path =
        page.find("<path class=\"series delivery dashed\"", page.find("viewBox=\"0 0 36", begin));
    const std::string d = page.substr(path, page.find("/>", path) - path);
    return occurrences(d, "M");
  };
  CHECK(lines_of_first_chart(report) == 1);
  report.intervals[2].delivery.clear();
  CHECK(lines_of_first_chart(report) == 2);
}

}  // namespace
}  // namespace kith::bench
