#include "net/copy_choice.hpp"

#include <algorithm>

namespace mqtt_native::net {

namespace {

/**
 * Looking at the clock twice takes a third of what a copy of 4 KiB does. The number is odd, as copies often
 * come in rows of a power of two: it would be the first of a block that is timed, always.
 */
constexpr uint32_t turns_per_timed = 31;
/** Every so many of the timed copies, the other way is tried. */
constexpr uint32_t timed_per_trial = 2;
/** What the writer saves past the cache, the reader pays in part. */
constexpr float much_slower = 2;
/** Of a sample, in the smoothed value. */
constexpr float weight = 0.25F;
/** A thread that is kept from running in the middle of a copy takes a thousand times as long. */
constexpr float most_growth = 2;
constexpr float least = 1;  // else what has become 0 could not grow

float smoothed(float value, float sample) {
  return value + weight * (std::clamp(sample, least, value * most_growth) - value);
}

CopyWay other_than(CopyWay way) {
  return way == CopyWay::plain ? CopyWay::past_cache : CopyWay::plain;
}

}  // namespace

CopyTurn CopyChoice::next() {
  turns_++;
  const bool is_timed = turns_ % turns_per_timed == 0;
  const bool is_trial = turns_ % (turns_per_timed * timed_per_trial) == 0;
  return {is_trial ? other_than(better()) : better(), is_timed};
}

void CopyChoice::note(CopyWay way, size_t bytes, int64_t nanoseconds) {
  const float sample = static_cast<float>(nanoseconds) * 1024 / static_cast<float>(bytes);
  float& value = way == CopyWay::plain ? plain_ : past_cache_;
  value = smoothed(value, sample);
}

CopyWay CopyChoice::better() const {
  return plain_ > past_cache_ * much_slower ? CopyWay::past_cache : CopyWay::plain;
}

}  // namespace mqtt_native::net
