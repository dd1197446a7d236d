#pragma once

#include <cstddef>
#include <cstdint>

namespace mqtt_native::net {

enum class CopyWay : uint8_t { plain, past_cache };

/** How one copy is to be made, and whether `CopyChoice` wants to know how long it took. */
struct CopyTurn {
  CopyWay way;
  bool is_timed;
};

/**
 * Decides how to copy what another thread reads next. Before a plain copy can write where the other core has
 * read last, it must take each line away from that core's cache. That costs little when the two share a
 * cache, and several times the copy when they do not, which changes while a program runs. A copy past the
 * cache takes about the same time always, but then the reader has to fetch it from memory. So the plain way
 * is used unless it is much slower.
 */
class CopyChoice {
 public:
  /** To be asked once for each copy: now and then it is the other way's turn. */
  CopyTurn next();
  /** How long a timed copy took. */
  void note(CopyWay way, size_t bytes, int64_t nanoseconds);

 private:
  [[nodiscard]] CopyWay better() const;

  /** Nanoseconds for a KiB, smoothed. What they begin with is near what they mostly are. */
  static constexpr float first_guess = 50;
  float plain_ = first_guess;
  float past_cache_ = first_guess;
  uint32_t turns_ = 0;
};

}  // namespace mqtt_native::net
