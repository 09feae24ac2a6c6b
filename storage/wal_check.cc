#include "storage/wal_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

namespace kith {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kWalFrameHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // its last bit: words are big-endian in checksums

using WalBytes = std::span<const unsigned char>;

std::uint32_t big_endian(WalBytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
         std::uint32_t{bytes[at + 2]} << 8U | bytes[at + 3];
}
std::uint32_t little_endian(WalBytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at + 3]} << 24U | std::uint32_t{bytes[at + 2]} << 16U |
         std::uint32_t{bytes[at + 1]} << 8U | bytes[at];
}

struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool operator==(const Checksum&) const = default;
};

struct Header {
  bool big_endian_words = false;
  std::uint32_t page_bytes = 0;
  std::array<std::uint32_t, 2> salt{};
  Checksum stored;
  bool whole = false;

  Checksum sum(Checksum so_far, WalBytes bytes) const {
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      so_far.first +=
          (big_endian_words ? big_endian(bytes, i) : little_endian(bytes, i)) + so_far.second;
      so_far.second += (big_endian_words ? big_endian(bytes, i + 4) : little_endian(bytes, i + 4)) +
                       so_far.first;
    }
    return so_far;
  }
};

Header read_header(WalBytes bytes) {
  Header header;
  const std::uint32_t magic = big_endian(bytes, 0);
  header.big_endian_words = (magic & 1U) != 0;
  header.page_bytes = big_endian(bytes, 8);
  header.salt = {big_endian(bytes, 16), big_endian(bytes, 20)};
  header.stored = {big_endian(bytes, 24), big_endian(bytes, 28)};
  header.whole = (magic & ~1U) == kMagic && header.sum({}, bytes.first(24)) == header.stored;
  return header;
}

struct Frame {
  bool commits = false;
  bool of_this_log = false;  // its salts are the header's
  Checksum stored;
  Checksum computed;  // behind what stood in front of it
};

Frame read_frame(const Header& header, Checksum so_far, WalBytes bytes) {
  Frame frame;
  frame.commits = big_endian(bytes, 4) != 0;
  frame.of_this_log =
      big_endian(bytes, 8) == header.salt[0] && big_endian(bytes, 12) == header.salt[1];
  frame.stored = {big_endian(bytes, 16), big_endian(bytes, 20)};
  frame.computed =
      header.sum(header.sum(so_far, bytes.first(8)), bytes.subspan(kWalFrameHeaderBytes));
  return frame;
}

// One walk along the frames: how many transactions end in an unbroken chain that hangs on a frame
// which is itself broken.
class Walk {
 public:
  explicit Walk(const Header& header) : header_(header), so_far_(header.stored) {}

  void pass(WalBytes bytes) {
    const Frame frame = read_frame(header_, so_far_, bytes);
    if (frame.of_this_log && frame.computed == frame.stored) {
      so_far_ = frame.stored;
      if (frame.commits) ++commits_;
    } else if (const auto last = after_damage(bytes)) {
      so_far_ = *last;
      if (frame.commits) ++commits_;
    } else {
      broken_ = true;
      commits_ = frame.commits ? 1 : 0;
      // Either what the frame holds was changed, or the sum that it is held against.
      so_far_ = frame.stored;
      otherwise_ = frame.computed;
      return;
    }
    otherwise_.reset();
    if (broken_) behind_ = std::max(behind_, commits_);
  }
  // A power cut leaves one at most: the next is begun when the one before it has been synced.
  std::size_t behind_a_break() const { return behind_; }

 private:
  // Where the frame in front had a wrong sum: this one's is right without it.
  std::optional<Checksum> after_damage(WalBytes bytes) const {
    if (!otherwise_) return std::nullopt;
    const Frame frame = read_frame(header_, *otherwise_, bytes);
    if (!frame.of_this_log || frame.computed != frame.stored) return std::nullopt;
    return frame.stored;
  }

  const Header& header_;
  Checksum so_far_;
  std::optional<Checksum> otherwise_;
  std::size_t commits_ = 0;
  std::size_t behind_ = 0;
  bool broken_ = false;
};

Error damaged(const std::string& path) {
  return fail(ErrorCode::unavailable,
              path + " is corrupt, and what was committed behind the damage would be lost: put it" +
                  " back as it was, or remove it and generation beside it to go on without");
}

bool is_page_size(std::uint32_t bytes) {
  return bytes >= 512 && bytes <= 65536 && (bytes & (bytes - 1)) == 0;
}

}  // namespace

Status check_write_ahead_log(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Nothing{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::unavailable, path + ": cannot be read");
  std::array<unsigned char, kHeaderBytes> bytes{};
  file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  if (file.gcount() < static_cast<std::streamsize>(bytes.size())) return Nothing{};
  const Header header = read_header(bytes);
  std::vector<unsigned char> frame(kWalFrameHeaderBytes +
                                   (is_page_size(header.page_bytes) ? header.page_bytes : 4096));
  const auto next = [&] {
    file.read(reinterpret_cast<char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
    return file.gcount() == static_cast<std::streamsize>(frame.size());
  };
  if (!header.whole) {
    // It was synced before the first frame behind it: one that knows a salt of it came later.
    if (!next()) return Nothing{};
    const bool known =
        big_endian(frame, 8) == header.salt[0] || big_endian(frame, 12) == header.salt[1];
    if (known) return damaged(path);
    return Nothing{};
  }
  Walk walk(header);
  while (next()) walk.pass(frame);
  if (file.bad()) return fail(ErrorCode::unavailable, path + ": cannot be read");
  if (walk.behind_a_break() >= 2) return damaged(path);
  return Nothing{};
}

}  // namespace kith
