#include "tests/chaos/torn_disk.h"

#include <fstream>
#include <sstream>

namespace kith::test {
namespace {

namespace fs = std::filesystem;
using DiskKind = DiskOperation::Kind;

constexpr std::size_t kSectorBytes = 512;

void put(std::string& file, std::uint64_t at, std::string_view bytes) {
  if (bytes.empty()) return;
  if (file.size() < at + bytes.size()) file.resize(at + bytes.size());
  file.replace(at, bytes.size(), bytes);
}

void apply(std::string& file, const DiskOperation& operation) {
  if (operation.kind == DiskKind::truncate) file.resize(operation.at);
  if (operation.kind == DiskKind::write) put(file, operation.at, operation.bytes);
}

// Sectors are whole or not at all, each by itself.
void apply_torn(std::string& file, const DiskOperation& operation, std::mt19937_64& random) {
  if (operation.kind != DiskKind::write) return;
  const std::string_view bytes = operation.bytes;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::uint64_t at = operation.at + i;
    const std::size_t sector = kSectorBytes - static_cast<std::size_t>(at % kSectorBytes);
    if (random() % 2 == 0) put(file, at, bytes.substr(i, sector));
    i += sector;
  }
}

}  // namespace

void DiskRecorder::wrote(const std::string& path, std::uint64_t at, std::string_view bytes) {
  add({DiskKind::write, fs::path(path).filename(), at, std::string(bytes)});
}
void DiskRecorder::truncated(const std::string& path, std::uint64_t size) {
  add({DiskKind::truncate, fs::path(path).filename(), size, {}});
}
void DiskRecorder::synced(const std::string& path) {
  add({DiskKind::sync, fs::path(path).filename(), 0, {}});
}
std::size_t DiskRecorder::size() {
  const std::lock_guard lock(mutex_);
  return operations_.size();
}
void DiskRecorder::add(DiskOperation operation) {
  const std::lock_guard lock(mutex_);
  operations_.push_back(std::move(operation));
}

DiskImage read_disk(const fs::path& directory) {
  DiskImage disk;
  for (const char* name : {"kith.db", "kith.db-wal", "generation"}) {
    if (!fs::exists(directory / name)) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(directory / name, std::ios::binary).rdbuf();
    disk[name] = bytes.str();
  }
  return disk;
}

void write_disk(const DiskImage& disk, const fs::path& directory) {
  for (const auto& [name, bytes] : disk) {
    std::ofstream(directory / name, std::ios::binary) << bytes;
  }
}

DiskImage cut_after(DiskImage disk, const std::vector<DiskOperation>& operations, std::size_t count,
                    Fsync fsync, std::mt19937_64& random) {
  std::map<std::string, std::size_t> safe;  // operations on the file before this are on the disk
  for (std::size_t i = 0; i < count && fsync == Fsync::honoured; ++i) {
    if (operations[i].kind == DiskKind::sync) safe[operations[i].file] = i;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const DiskOperation& operation = operations[i];
    std::string& file = disk[operation.file];
    const auto fate = i < safe[operation.file] ? 3 : random() % 4;
    if (fate >= 2) apply(file, operation);
    if (fate == 1) apply_torn(file, operation, random);
  }
  return disk;
}

DiskImage all_applied(DiskImage disk, const std::vector<DiskOperation>& operations) {
  for (const DiskOperation& operation : operations) apply(disk[operation.file], operation);
  return disk;
}

}  // namespace kith::test
