#include "tests/simulation/report.h"

#include <algorithm>
#include <sstream>

namespace kith::simulation {

void Totals::add(const Totals& other) {
  lives += other.lives;
  lived_seconds += other.lived_seconds;
  turns += other.turns;
  acts += other.acts;
  committed += other.committed;
  bytes += other.bytes;
  crashes += other.crashes;
  backfills += other.backfills;
  heads_healed += other.heads_healed;
  fell_behind += other.fell_behind;
  gaps_told += other.gaps_told;
  replays += other.replays;
  activities += other.activities;
  activities_repeated += other.activities_repeated;
  badges += other.badges;
  board_frames += other.board_frames;
  digest = (digest ^ other.digest) * 0x0000'0100'0000'01B3;
}

bool Report::has(const std::string& check) const {
  return std::any_of(found.begin(), found.end(),
                     [&](const Found& one) { return one.check == check; });
}

Report report_of(const Outcome& outcome) {
  Report report{.seed = outcome.plan.seed};
  report.totals = {
      .lives = 1,
      .lived_seconds = static_cast<std::uint64_t>(outcome.lived.count() / 1'000'000),
      .turns = outcome.turns,
      .acts = outcome.acts,
      .committed = outcome.committed,
      .bytes = outcome.bytes,
      .crashes = outcome.crashes,
      .backfills = outcome.backfills,
      .heads_healed = outcome.heads_healed,
      .fell_behind = outcome.fell_behind,
      .gaps_told = outcome.gaps_told,
      .replays = outcome.replays,
      .activities = outcome.activities,
      .activities_repeated = outcome.activities_repeated,
      .badges = outcome.badges,
      .board_frames = outcome.board_frames,
      .digest = outcome.digest,
  };
  for (const test::Violation& violation : outcome.verdict.violations) {
    if (!report.has(violation.check)) report.found.push_back({violation.check, violation.what});
  }
  return report;
}

std::string to_line(const Report& report) {
  const Totals& t = report.totals;
  std::ostringstream out;
  out << report.seed;
  for (const std::uint64_t number :
       {t.lives, t.lived_seconds, t.turns, t.acts, t.committed, t.bytes, t.crashes, t.backfills,
        t.heads_healed, t.fell_behind, t.gaps_told, t.replays, t.activities, t.activities_repeated,
        t.badges, t.board_frames, t.digest}) {
    out << ' ' << number;
  }
  for (const Report::Found& one : report.found) {
    std::string what = one.what;
    std::replace_if(
        what.begin(), what.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    out << '\t' << one.check << '\t' << what;
  }
  return out.str();
}

std::optional<Report> parse_report(const std::string& line) {
  std::istringstream in(line);
  std::string numbers;
  std::getline(in, numbers, '\t');
  std::istringstream fields(numbers);
  Report report;
  Totals& t = report.totals;
  fields >> report.seed;
  for (std::uint64_t* number :
       {&t.lives, &t.lived_seconds, &t.turns, &t.acts, &t.committed, &t.bytes, &t.crashes,
        &t.backfills, &t.heads_healed, &t.fell_behind, &t.gaps_told, &t.replays, &t.activities,
        &t.activities_repeated, &t.badges, &t.board_frames, &t.digest}) {
    fields >> *number;
  }
  std::string more;
  if (!fields || fields >> more) return std::nullopt;
  Report::Found found;
  while (std::getline(in, found.check, '\t') && std::getline(in, found.what, '\t')) {
    report.found.push_back(found);
  }
  return report;
}

std::string to_seed_line(const Report& report, std::uint32_t minutes, Mutation mutation) {
  constexpr std::size_t kWhatBytesMax = 120;
  std::string what = report.found.front().check + " " + report.found.front().what;
  std::replace_if(
      what.begin(), what.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  if (mutation != Mutation::none) {
    what = "broken on purpose (" + std::string(name_of(mutation)) + "): " + what;
  }
  return std::to_string(report.seed) + " " + std::to_string(minutes) + "  " +
         what.substr(0, kWhatBytesMax);
}

}  // namespace kith::simulation
