#include "tests/conformance/websocket_cases.h"

namespace kith::test {

Group websocket_group() {
  std::vector<WsCase> cases;
  add_framing_cases(cases);
  add_control_cases(cases);
  add_fragmentation_cases(cases);
  add_utf8_cases(cases);
  add_close_cases(cases);
  add_protocol_cases(cases);
  add_json_socket_cases(cases);
  Group group{.name = "websocket", .cases_min = 800, .log_lines_max = 2000, .jobs = {}};
  add_websocket_control_jobs(group.jobs, cases);
  for (WsCase& ws_case : cases) group.jobs.push_back(job_of(std::move(ws_case)));
  add_handshake_jobs(group.jobs);
  add_session_jobs(group.jobs);
  return group;
}

}  // namespace kith::test
