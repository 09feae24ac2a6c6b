// The tables, by subject. Each adds its rows.
#pragma once

#include <vector>

#include "tests/conformance/websocket_case.h"

namespace kith::test {

void add_framing_cases(std::vector<WsCase>& cases);        // 5.2: sizes, masks, bits, opcodes
void add_control_cases(std::vector<WsCase>& cases);        // 5.5.2, 5.5.3: pings and pongs
void add_fragmentation_cases(std::vector<WsCase>& cases);  // 5.4
void add_utf8_cases(std::vector<WsCase>& cases);           // 8.1
void add_close_cases(std::vector<WsCase>& cases);          // 5.5.1, 7
void add_protocol_cases(std::vector<WsCase>& cases);       // what kith speaks inside
void add_json_socket_cases(std::vector<WsCase>& cases);    // RELIABILITY 3.3

// Of more than one connection, of time, or of the handshake: jobs of their own.
void add_handshake_jobs(std::vector<Job>& jobs);
void add_session_jobs(std::vector<Job>& jobs);
// Holds the tables themselves to something: they must find fault with a server that is wrong.
void add_websocket_control_jobs(std::vector<Job>& jobs, const std::vector<WsCase>& cases);

Group websocket_group();

}  // namespace kith::test
