// What a power cut leaves of a SQLite database (RELIABILITY F17): every write is recorded, and
// what no fsync had made safe is on the disk afterwards, or not, or in part, whatever its order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/storage/faulty_disk.h"

namespace kith::test {

struct DiskOperation {
  enum class Kind { write, truncate, sync } kind;
  std::string file;  // without its directory
  std::uint64_t at = 0;
  std::string bytes;
};

// Thread: any may write; operations() is read when nobody does.
class DiskRecorder final : public DiskObserver {
 public:
  void wrote(const std::string& path, std::uint64_t at, std::string_view bytes) override;
  void truncated(const std::string& path, std::uint64_t size) override;
  void synced(const std::string& path) override;
  std::size_t size();
  const std::vector<DiskOperation>& operations() const { return operations_; }

 private:
  void add(DiskOperation operation);

  std::mutex mutex_;
  std::vector<DiskOperation> operations_;
};

using DiskImage = std::map<std::string, std::string>;  // contents by file name

DiskImage read_disk(const std::filesystem::path& directory);
void write_disk(const DiskImage& disk, const std::filesystem::path& directory);

enum class Fsync { honoured, ignored };

// `disk` as a cut right behind the first `count` operations may leave it: of each write that was
// not safe all, nothing, or some of its sectors are there.
DiskImage cut_after(DiskImage disk, const std::vector<DiskOperation>& operations, std::size_t count,
                    Fsync fsync, std::mt19937_64& random);
// As a process sees it that goes on: with all of them.
DiskImage all_applied(DiskImage disk, const std::vector<DiskOperation>& operations);

}  // namespace kith::test
