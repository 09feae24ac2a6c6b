// The negative control: servers that are wrong on purpose. With one that answers and never closes,
// every case that demands a close or an error must find fault; with one that hangs up, every case.
#include "tests/conformance/careless_server.h"
#include "tests/conformance/websocket_cases.h"

namespace kith::test {
namespace {

// What comes at all comes sooner. Where a machine is slower it is silence, which is a fault as
// well.
constexpr std::chrono::milliseconds kLooseAnswer{150};

bool demands_refusal(const WsCase& ws_case) {
  return ws_case.expect.find("close:") != std::string::npos ||
         ws_case.expect.find("error:") != std::string::npos;
}

std::optional<std::string> find_blind_ws_cases(WsCarelessness kind,
                                               const std::vector<WsCase>& cases) {
  const bool answers = kind == WsCarelessness::answers_all;
  const CarelessServer server([kind](int socket) { serve_carelessly(kind, socket); });
  const WsTarget target{
      .port = server.port(),
      .patience = kLooseAnswer,
      .user = {.id = "u", .email = {}, .password = {}, .token = "t", .refresh_token = {}},
      .new_chat = [] { return std::string("c"); }};
  std::size_t controlled = 0;
  for (const WsCase& ws_case : cases) {
    if (answers && !demands_refusal(ws_case)) continue;
    ++controlled;
    const std::string seen = transcript_of(ws_case, target);
    if (!judge(ws_case.expect, seen)) {
      return ws_case.id + " is content with a careless server: " + seen;
    }
  }
  if (controlled < (answers ? 350U : 650U)) {
    return "only " + std::to_string(controlled) + " cases were controlled";
  }
  return std::nullopt;
}

}  // namespace

void add_websocket_control_jobs(std::vector<Job>& jobs, const std::vector<WsCase>& cases) {
  for (const WsCarelessness kind : {WsCarelessness::answers_all, WsCarelessness::hangs_up}) {
    const bool answers = kind == WsCarelessness::answers_all;
    jobs.push_back(
        {.id = answers ? "control-answers-all" : "control-hangs-up",
         .section = "negative control",
         .waits = true,
         .run = [kind, cases](const Sites&) { return find_blind_ws_cases(kind, cases); }});
  }
}

}  // namespace kith::test
