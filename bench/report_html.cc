#include "bench/report_html.h"

#include <fmt/format.h>

#include <utility>

#include "bench/report_html_rows.h"
#include "bench/report_text.h"
#include "bench/svg_chart.h"

namespace kith::bench {
namespace {

std::string table_card(std::string_view title, const Rows& rows) {
  std::string out = fmt::format("<div class=\"card\"><h3>{}</h3>\n<table>\n", escaped(title));
  for (const auto& [name, value] : rows) {
    if (value.empty()) continue;
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
  }
  return out + "</table></div>\n";
}

std::string list_of(const std::vector<std::string>& items) {
  std::string out = "<ul>";
  for (const std::string& item : items) out += fmt::format("<li>{}</li>", escaped(item));
  return out + "</ul>";
}

std::string verdict_card(const Report& report) {
  const auto count = [](std::string_view name, std::uint64_t value) {
    return fmt::format("<div><b>{}</b>{}</div>\n", grouped(value), name);
  };
  std::string out =
      fmt::format("<div class=\"verdict {}\"><div class=\"word\">{}</div>\n<div class=\"counts\">",
                  report.ok() ? "good" : "bad", report.ok() ? "OK" : "FAILED");
  out += count("lost", report.verdict.lost) + count("doubled", report.verdict.doubled) +
         count("reordered", report.verdict.reordered);
  out += "</div>\n<div class=\"counts small\">";
  out += count("altered", report.verdict.altered) + count("not come yet", report.verdict.not_come) +
         count("unanswered", report.unacked) + count("refused", report.refused);
  out += "</div>";
  const auto why = failures(report);
  if (!why.empty()) out += list_of(why);
  return out + "</div>\n";
}

std::string warning(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = fmt::format("<div class=\"warning\"><h3>{}</h3>\n", title);
  for (const std::string& line : lines) out += fmt::format("<p>{}</p>\n", escaped(line));
  return out + "</div>\n";
}

std::string notes(const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = "<div class=\"card note\"><h3>Notes</h3>\n";
  for (const std::string& line : lines) out += fmt::format("<p>{}</p>\n", escaped(line));
  return out + "</div>\n";
}

std::string warnings(const Report& report) {
  return warning("This client's own faults", client_faults(report)) +
         warning("What shaped the figures", cautions(report)) + notes(remarks(report));
}

std::string tile(std::string_view value, std::string_view name) {
  return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span></div>\n", escaped(value),
                     escaped(name));
}

std::string tiles(const Report& report) {
  std::string out = "<div class=\"tiles\">\n";
  if (report.delivered > 0) {
    out += tile(grouped(per_second(report.in_time.delivered, report.seconds)) + "/s", "deliveries");
    out += tile(short_number(report.delivery.percentile_ms(99)) + " ms", "p99 of delivery");
  }
  if (report.acked > 0) {
    out += tile(grouped(per_second(report.in_time.acked, report.seconds)) + "/s", "messages acked");
    out += tile(short_number(report.ack.percentile_ms(99)) + " ms", "p99 of acks");
  }
  if (report.server) {
    const ServerFigures figures = server_figures(*report.server, report.connections);
    if (figures.cpu_us_per_delivery) {
      out += tile(short_number(*figures.cpu_us_per_delivery) + " µs",
                  "server CPU per delivery, store apart");
    }
  }
  return out + "</div>\n";
}

std::string latency_card(const Report& report) {
  if (report.ack.count() + report.delivery.count() == 0) return {};
  std::string out =
      "<div class=\"card\"><h3>Latency, ms</h3>\n<div class=\"scroll\" tabindex=\"0\"><table "
      "class=\"numbers\">\n"
      "<tr><th></th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th></tr>\n";
  const auto row = [&](std::string_view name, const Histogram& histogram) {
    if (histogram.count() == 0) return;
    out += fmt::format("<tr><th>{}</th>", name);
    for (const double percent : {50.0, 90.0, 99.0, 99.9, 100.0}) {
      out += fmt::format("<td>{}</td>", short_number(histogram.percentile_ms(percent)));
    }
    out += "</tr>\n";
  };
  row("ack", report.ack);
  row("delivery", report.delivery);
  row("on one node", report.delivery_local);
  row("across nodes", report.delivery_cross);
  return out + "</table></div></div>\n";
}

std::string seconds_table(const Report& report) {
  if (report.intervals.empty()) return {};
  std::string out =
      "<h2>Over time</h2>\n<details class=\"card\"><summary>The numbers behind the charts</summary>"
      "\n<div class=\"scroll\"><table class=\"numbers seconds\">\n<tr><th>until s</th>"
      "<th>ready</th><th>sent</th><th>acked</th><th>delivered</th><th>errors</th>"
      "<th>ack p50</th><th>p99</th><th>max ms</th>"
      "<th>delivery p50</th><th>p99</th><th>max ms</th></tr>\n";
  const auto latency = [](const Histogram& histogram) {
    if (histogram.count() == 0) return std::string("<td></td><td></td><td></td>");
    return fmt::format("<td>{}</td><td>{}</td><td>{}</td>",
                       short_number(histogram.percentile_ms(50)),
                       short_number(histogram.percentile_ms(99)), short_number(histogram.max_ms()));
  };
  for (const Interval& interval : merged_intervals(report.intervals, kChartPointsMax)) {
    out += fmt::format(
        "<tr><td>{:.1f}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{}{}</tr>\n",
        interval.elapsed_s, grouped(interval.ready), grouped(interval.sent),
        grouped(interval.acked), grouped(interval.delivered), grouped(interval.errors),
        latency(interval.ack), latency(interval.delivery));
  }
  return out + "</table></div></details>\n";
}

std::string what_ran(const Setting& setting) {
  std::string out = "<h2>What ran, and on what</h2>\n<div class=\"grid\">\n";
  out += fmt::format("<div class=\"card\"><h3>Command line</h3>\n<p><code>{}</code></p></div>\n",
                     escaped(setting.command_line));
  out += table_card("Machine and versions", {{"started", setting.started_at},
                                             {"url", setting.url},
                                             {"machine", setting.machine},
                                             {"client", setting.client},
                                             {"server", setting.server}});
  return out + "</div>\n";
}

std::string body(const Report& report) {
  std::string out = fmt::format(
      "<h1>kith-bench {}</h1>\n<p class=\"quiet\">{} <span class=\"whole\">{}</span></p>\n",
      escaped(report.scenario), escaped(report.setting.url), escaped(report.setting.started_at));
  out += verdict_card(report) + warnings(report) + tiles(report);
  out += "<h2>Charts</h2>\n<div class=\"grid\">\n" + chart_cards(report) + "</div>\n";
  out += "<h2>Numbers</h2>\n<div class=\"columns\">\n" + latency_card(report);
  out += table_card("What came", what_came_rows(report));
  if (report.server) {
    out += table_card("The server", server_rows(*report.server, report.connections));
  } else if (!report.server_missing.empty()) {
    out += table_card("The server", {{"figures", report.server_missing}});
  }
  if (!report.nodes.empty()) out += table_card("The nodes", nodes_rows(report));
  if (!report.figures.empty()) {
    Rows figures;
    for (const Figure& figure : report.figures) {
      figures.emplace_back(figure.key, figure.value ? short_number(*figure.value) : "not measured");
    }
    out += table_card("Figures of " + report.scenario, figures);
  }
  out += table_card("Errors", errors_rows(report)) + table_card("This client", client_rows(report));
  return out + "</div>\n" + seconds_table(report) + what_ran(report.setting);
}

// Puts `value` where the page says {{name}}; what was put in is not looked at again.
std::string filled(std::string_view page, const Rows& values) {
  std::string out;
  while (true) {
    const auto begin = page.find("{{");
    const auto end = page.find("}}", begin);
    out += page.substr(0, begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return out;
    const auto name = page.substr(begin + 2, end - begin - 2);
    for (const auto& [key, value] : values) {
      if (key == name) out += value;
    }
    page.remove_prefix(end + 2);
  }
}

}  // namespace

std::string html(const Report& report) {
  return filled(report_page(), {{"title", escaped(fmt::format("kith-bench {}: {}", report.scenario,
                                                              report.ok() ? "OK" : "FAILED"))},
                                {"body", body(report)}});
}

}  // namespace kith::bench
