#include "bench/history_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "protocol/json_writer.h"

namespace kith::bench {

HistoryFile::HistoryFile(const std::string& path)
    : path_(path), file_(std::fopen(path.c_str(), "wb")) {
  if (!file_) {
    throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
}

void HistoryFile::write_locked(std::string_view lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), file_.get()) != lines.size()) failed_ = true;
}

void HistoryFile::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  write_locked(lines);
}

void HistoryFile::begins_at(std::string_view chat, Seq head, std::int64_t t) {
  const std::lock_guard lock(mutex_);
  if (!beginnings_.emplace(chat, head).second) return;
  std::string line;
  JsonWriter(line)
      .begin_object()
      .field("t", t)
      .field("kind", "begin")
      .field("channel", chat)
      .field("seq", head)
      .end_object();
  write_locked(line + '\n');
}

Seq HistoryFile::beginning_of(std::string_view chat) {
  const std::lock_guard lock(mutex_);
  const auto found = beginnings_.find(std::string(chat));
  return found == beginnings_.end() ? 0 : found->second;
}

void HistoryFile::settle() {
  const std::lock_guard lock(mutex_);
  settled_ = true;
}

bool HistoryFile::settled() {
  const std::lock_guard lock(mutex_);
  return settled_;
}

void HistoryFile::close() {
  const std::lock_guard lock(mutex_);
  if (std::fclose(file_.release()) != 0 || failed_) {
    throw std::runtime_error("cannot write all of " + path_);
  }
}

}  // namespace kith::bench
