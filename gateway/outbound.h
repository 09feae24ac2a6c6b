// What waits to be written to one socket: blocks of bytes that are appended to in place, and big
// chunks held by reference, in order. The gateway writes all of it with one call per turn
// (ARCHITECTURE 2.6). Blocks come from a pool of the shard and go back when they are written, so an
// idle connection holds none.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

class BlockPool {
 public:
  std::string take() {
    if (blocks_.empty()) return {};
    std::string block = std::move(blocks_.back());
    blocks_.pop_back();
    return block;
  }
  void clear() {
    blocks_.clear();
    blocks_.shrink_to_fit();
  }
  void give(std::string block) {
    if (block.capacity() > kBlockBytesMax || blocks_.size() >= kBlocksMax) return;
    block.clear();
    blocks_.push_back(std::move(block));
  }

 private:
  static constexpr std::size_t kBlockBytesMax = 64 * 1024;
  static constexpr std::size_t kBlocksMax = 4096;
  std::vector<std::string> blocks_;
};

class Outbound {
 public:
  explicit Outbound(BlockPool& pool) : pool_(pool) {}
  ~Outbound() { clear(); }
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;

  void append(std::string_view bytes);
  // Held by reference where they are many, copied otherwise.
  void append(const std::shared_ptr<const std::string>& bytes);
  bool empty() const { return pieces_.empty(); }
  // Fills up to `max` vectors with what is next; how many.
  std::size_t gather(iovec* vectors, std::size_t max) const;
  // That many bytes have been written.
  void consume(std::size_t bytes);
  // Drops all but what is left of the frame that has been written in part.
  void keep_current_frame();
  std::size_t bytes() const;
  void clear();

 private:
  struct Piece {
    std::string block;
    std::shared_ptr<const std::string> shared;
    std::string_view bytes() const { return shared ? std::string_view(*shared) : block; }
  };
  void pop();

  BlockPool& pool_;
  std::vector<Piece> pieces_;  // few: a block, and chunks between blocks; each holds whole frames
  std::size_t offset_ = 0;     // written of the first piece
};

}  // namespace kith
