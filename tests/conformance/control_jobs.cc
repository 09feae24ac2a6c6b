// The negative control: against servers that are wrong on purpose, every case that demands a
// refusal and the end of the connection must fail. One that does not could never have told us
// anything.
#include "tests/conformance/careless_server.h"
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

constexpr std::chrono::milliseconds kControlPatience{1000};

// No alternative of it lets the connection live or answers with success, and it is the server that
// ends it.
bool demands_the_end(const HttpCase& http_case) {
  const std::string& bytes = http_case.writes.front();
  if (bytes.find("Connection: close") != std::string::npos) return false;
  if (bytes.find("\r\n\r\n") == std::string::npos) return false;  // to the careless it has no end
  const std::string& expect = http_case.expect;
  return expect.find("marker") == std::string::npos && expect.find('2') != 0 &&
         expect.find("| 2") == std::string::npos && expect.find("100 ") == std::string::npos &&
         http_case.behind == Behind::marker;
}

std::optional<std::string> find_blind_cases(Carelessness kind, const std::vector<HttpCase>& cases,
                                            std::size_t controlled_min) {
  const CarelessServer server([kind](int socket) { serve_carelessly(kind, socket); });
  const HttpTarget target{.port = server.port(),
                          .patience = kControlPatience,
                          .token = "t",
                          .chat = "c",
                          .other_chat = "o"};
  std::size_t controlled = 0;
  for (const HttpCase& http_case : cases) {
    if (!demands_the_end(http_case)) continue;
    ++controlled;
    const HttpTranscript seen = transcript_of(http_case, target);
    if (!judge(http_case.expect, seen.events)) {
      return http_case.id + " is content with a careless server: " + seen.events;
    }
  }
  if (controlled < controlled_min) {
    return "only " + std::to_string(controlled) + " cases were controlled";
  }
  return std::nullopt;
}

}  // namespace

void add_control_jobs(std::vector<Job>& jobs, const std::vector<HttpCase>& cases,
                      const Control& control) {
  for (const Carelessness kind : {Carelessness::answers_all, Carelessness::refuses_alone}) {
    const bool answers = kind == Carelessness::answers_all;
    jobs.push_back({.id = control.id + (answers ? "-answers-all" : "-refuses-and-reads-on"),
                    .section = "negative control",
                    .waits = true,
                    .run = [kind, cases, least = control.controlled_min](const Sites&) {
                      return find_blind_cases(kind, cases, least);
                    }});
  }
}

}  // namespace kith::test
