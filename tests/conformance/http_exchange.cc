#include "tests/conformance/http_case.h"

#include <algorithm>
#include <stdexcept>

#include "tests/conformance/http_answer.h"
#include "tests/conformance/runner.h"

namespace kith::test {
namespace {

constexpr auto kSlowByte = 200ms;

// Where the case does not wait for a deadline, silence is an answer that is missing.
std::chrono::milliseconds patience_of(const HttpCase& http_case, const HttpTarget& target) {
  constexpr std::chrono::milliseconds kAnswer = 20s;
  return http_case.behind == Behind::marker ? std::min(kAnswer, target.patience) : target.patience;
}

std::string filled_in(std::string bytes, const HttpTarget& target) {
  const std::pair<const char*, const std::string*> values[] = {
      {"$TOKEN", &target.token}, {"$CHAT", &target.chat}, {"$OTHER_CHAT", &target.other_chat}};
  for (const auto& [name, value] : values) {
    for (auto at = bytes.find(name); at != std::string::npos; at = bytes.find(name)) {
      bytes.replace(at, std::string_view(name).size(), *value);
    }
  }
  return bytes;
}

class Exchange {
 public:
  Exchange(const HttpCase& http_case, const HttpTarget& target)
      : case_(http_case), target_(target), socket_(target.port), bodyless_(http_case.head) {}

  HttpTranscript run() {
    send_all();
    while (!ended_) step();
    HttpTranscript transcript{.events = {}, .raw = std::move(raw_)};
    for (const std::string& event : events_) {
      transcript.events += (transcript.events.empty() ? "" : " ") + event;
    }
    return transcript;
  }

 private:
  void send_all();
  void send(const std::string& bytes);
  void step();
  void take_answers();
  void note(std::string event) { events_.push_back(std::move(event)); }

  const HttpCase& case_;
  const HttpTarget& target_;
  Socket socket_;
  bool bodyless_;
  std::string buffered_;
  std::string raw_;
  std::vector<std::string> events_;
  bool said_close_ = false;
  bool ended_ = false;
  bool broken_ = false;
  const Clock::time_point deadline_ = Clock::now() + patience_of(case_, target_);
};

void Exchange::send(const std::string& bytes) {
  if (broken_) return;
  try {
    socket_.send(bytes, deadline_);
  } catch (const std::runtime_error&) {
    // It has closed, which reading will tell.
    broken_ = true;
  }
}

void Exchange::send_all() {
  for (std::size_t i = 0; i < case_.writes.size(); ++i) {
    const bool last = i + 1 == case_.writes.size();
    std::string bytes = filled_in(case_.writes[i], target_);
    if (last && case_.behind == Behind::marker) bytes += marker("marker");
    send(bytes);
    // What waits for an interim answer must have it before it goes on.
    if (case_.writes[i].find("100-continue") != std::string::npos && !last) {
      while (!ended_ && events_.empty()) step();
    }
  }
  if (case_.behind == Behind::end) socket_.shutdown_sending();
}

void Exchange::step() {
  const bool slow = case_.behind == Behind::slow_bytes;
  try {
    std::string block;
    const auto until = slow ? std::min(deadline_, Clock::now() + kSlowByte) : deadline_;
    if (socket_.receive(block, until)) {
      raw_ += block;
      buffered_ += block;
      return take_answers();
    }
    if (!buffered_.empty()) note("BAD:cut-short");
    const bool unasked = case_.behind == Behind::marker;
    if (unasked && !events_.empty() && !said_close_) note("BAD:unsaid-close");
    note("eof");
  } catch (const std::runtime_error& error) {
    if (slow && Clock::now() < deadline_ && !broken_) return send("a");
    if (slow && Clock::now() < deadline_) return;
    note("silence");
  }
  ended_ = true;
}

void Exchange::take_answers() {
  try {
    while (const auto answer = take_answer(buffered_, bodyless_)) {
      const std::string fault = fault_of(*answer, bodyless_);
      if (!fault.empty()) note("BAD:" + fault);
      if (said_close_) note("BAD:answer-behind-close");
      bodyless_ = bodyless_ && answer->status < 200;
      said_close_ = answer->field("connection") == "close";
      const std::string correlation = answer->field("x-correlation-id");
      const bool served = answer->status == 200;  // a refusal carries the name too
      const bool named = served && (correlation == "marker" || correlation == "smuggled");
      note(named ? correlation : std::to_string(answer->status));
      // From here on it is no HTTP any more.
      if (answer->status == 101) ended_ = true;
    }
  } catch (const std::exception& error) {
    note(std::string("BAD:answer"));
    ended_ = true;
  }
}

std::optional<std::string> judge_http(const HttpCase& http_case, const Site& site) {
  const auto begun = Clock::now();
  const HttpTranscript seen = transcript_of(http_case, target_of(site));
  if (auto failure = judge(http_case.expect, seen.events)) {
    return *failure + "; it said: " + seen.raw.substr(0, 600);
  }
  if (Clock::now() - begun < http_case.not_before) return "it ended too early";
  for (const std::string& text : http_case.has) {
    if (seen.raw.find(text) == std::string::npos) return "no " + text + " in: " + seen.raw;
  }
  for (const std::string& text : http_case.lacks) {
    if (seen.raw.find(text) != std::string::npos) return text + " is in: " + seen.raw;
  }
  return std::nullopt;
}

}  // namespace

HttpTarget target_of(const Site& site) {
  return {.port = site.server.port(),
          .token = site.user.token,
          .chat = site.chat,
          .other_chat = site.other_chat};
}

HttpTranscript transcript_of(const HttpCase& http_case, const HttpTarget& target) {
  return Exchange(http_case, target).run();
}

Job job_of(HttpCase http_case) {
  return {.id = http_case.id,
          .section = http_case.section,
          .waits = http_case.behind == Behind::slow_bytes || http_case.not_before > 0ms,
          .run = [http_case](const Sites& sites) { return judge_http(http_case, *sites.usual); }};
}

std::string marker(std::string_view name) {
  return "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Correlation-Id: " +
         std::string(name) + "\r\n\r\n";
}

std::string request(std::string_view method, std::string_view target, std::string_view fields) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
         std::string(fields) + "\r\n";
}

std::string get(std::string_view target, std::string_view fields) {
  return request("GET", target, fields);
}

std::string post(std::string_view fields, std::string_view body) {
  return request("POST", "/auth/login", fields) + std::string(body);
}

std::string post_json(std::string_view body) {
  return post(std::string(kJsonType) + "Content-Length: " + std::to_string(body.size()) + "\r\n",
              body);
}

}  // namespace kith::test
