// A run as the tests of the reports take it: three seconds of it, everything well.
#pragma once

#include "bench/report.h"

namespace kith::bench {

inline Report sample_report() {
  Report report;
  report.scenario = "rooms";
  report.setting = {.command_line = "kith-bench rooms --rate 100",
                    .started_at = "2026-01-02T03:04:05Z",
                    .machine = "4 cores",
                    .client = "kith-bench 0.1.0",
                    .server = "kith 0.1.0",
                    .url = "ws://127.0.0.1:8080/ws"};
  report.connections = 40;
  report.chats = 2;
  report.threads = 3;
  report.cores = 2;
  report.rate = 100;
  report.began = true;
  report.seconds = 3;
  report.connect_s = 0.5;
  for (int second = 1; second <= 3; ++second) {
    Interval interval{.elapsed_s = static_cast<double>(second),
                      .ready = 40,
                      .connections = 40,
                      .sent = 100,
                      .acked = 100,
                      .delivered = 1900};
    for (int i = 1; i <= 100; ++i) {
      interval.ack.record(std::chrono::microseconds(i * 10));
      interval.delivery.record(std::chrono::microseconds(i * 100));
    }
    report.sent += interval.sent;
    report.acked += interval.acked;
    report.delivered += interval.delivered;
    report.ack.merge(interval.ack);
    report.delivery.merge(interval.delivery);
    report.intervals.push_back(interval);
  }
  // A drain brought in one more.
  report.in_time = {.sent = report.sent, .acked = report.acked, .delivered = report.delivered};
  ++report.delivered;
  report.client_cpu_percent = 30;
  report.server_asked = true;
  report.server = ServerUsage{.cpu_s = 0.57,
                              .store_cpu_s = 0.03,
                              .seconds = 3,
                              .deliveries = 5700,
                              .messages = 300,
                              .rss_idle_bytes = 1'000'000,
                              .rss_connected_bytes = 1'080'000,
                              .rss_bytes = 1'200'000};
  report.figures = {{.key = "caught_up_s", .value = 1.25}};
  return report;
}

}  // namespace kith::bench
