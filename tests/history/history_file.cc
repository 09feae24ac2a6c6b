#include "tests/history/history_file.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <queue>
#include <stdexcept>

namespace kith::test {
namespace {

// The file in the upper bits of what a line is called by, its line in the lower ones.
constexpr unsigned kLineBits = 40;
constexpr std::uint64_t kLineMask = (std::uint64_t{1} << kLineBits) - 1;

class Reader {
 public:
  Reader(const std::filesystem::path& path, std::uint64_t number)
      : path_(path), file_(path, std::ios::binary), line_(number << kLineBits) {
    if (!file_) throw std::runtime_error(path.string() + ": cannot be opened");
  }

  bool next() {
    if (!std::getline(file_, text_)) {
      if (file_.bad()) throw std::runtime_error(path_.string() + ": cannot be read");
      return false;
    }
    ++line_;
    const std::string where = path_.string() + ":" + std::to_string(line_ & kLineMask) + ": ";
    if (file_.eof()) throw std::runtime_error(where + "the last line has no end");
    try {
      record_ = from_json(text_);
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(where + error.what());
    }
    order_ = std::max(order_, record_.t);
    return true;
  }

  const Record& record() const { return record_; }
  std::uint64_t line() const { return line_; }
  // A file may be a little out of order; it is not sorted for it.
  std::int64_t order() const { return order_; }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::string text_;
  std::uint64_t line_;
  Record record_;
  std::int64_t order_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

void HistoryFiles::for_each(
    const std::function<void(const Record&, std::uint64_t line)>& callback) const {
  const auto later = [](const Reader* left, const Reader* right) {
    return std::pair(left->order(), left->line()) > std::pair(right->order(), right->line());
  };
  std::vector<Reader> readers;
  readers.reserve(paths_.size());
  std::priority_queue<Reader*, std::vector<Reader*>, decltype(later)> next(later);
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    readers.emplace_back(paths_[i], i);
    if (readers.back().next()) next.push(&readers.back());
  }
  while (!next.empty()) {
    Reader* reader = next.top();
    next.pop();
    callback(reader->record(), reader->line());
    if (reader->next()) next.push(reader);
  }
}

std::string HistoryFiles::name_of(std::uint64_t line) const {
  const auto& path = paths_.at(static_cast<std::size_t>(line >> kLineBits));
  return path.filename().string() + ":" + std::to_string(line & kLineMask);
}

Verdict check(const HistoryFiles& files) {
  Checker checker;
  files.for_each([&](const Record& record, std::uint64_t line) { checker.add(record, line); });
  return checker.finish();
}

History read_history(const std::filesystem::path& path) {
  History history;
  HistoryFiles({path}).for_each(
      [&](const Record& record, std::uint64_t) { history.push_back(record); });
  return history;
}

void write_history(const std::filesystem::path& path, const History& history) {
  std::string text;
  for (const Record& record : history) append_json(text, record);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace kith::test
