#include "mqtt/received_qos2_ids.hpp"

#include <cstring>

#include "base/random.hpp"

namespace mqtt_native::mqtt {

namespace {

__extension__ using Product = unsigned __int128;

/** Mixes two words: each bit of both factors affects all bits of the result. */
uint64_t folded_product(uint64_t left, uint64_t right) {
  const Product product = static_cast<Product>(left) * right;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t word_at(const std::byte* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/** Reads up to eight bytes as one word. */
uint64_t short_word_at(const std::byte* at, size_t size) {
  uint64_t word = 0;
  if (size > 0) std::memcpy(&word, at, size);
  return word;
}

}  // namespace

MessageDigest::MessageDigest() {
  for (uint64_t& word : key_) word = base::random_number();
}

uint64_t MessageDigest::of(BytesView topic, BytesView payload) const {
  return append(append(0, topic), payload);
}

/** Computes four independent products at a time: each depends on the last one of its own lane only. */
uint64_t MessageDigest::append(uint64_t state, BytesView bytes) const {
  constexpr size_t word = sizeof(uint64_t);
  constexpr size_t pair = 2 * word;
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  state = folded_product(left ^ key_[0], state ^ key_[1]);
  if (left > key_.size() * pair) {
    std::array<uint64_t, 4> lanes{state, state, state, state};
    for (; left > lanes.size() * pair; left -= lanes.size() * pair)
      for (size_t lane = 0; lane < lanes.size(); lane++, at += pair)
        lanes[lane] = folded_product(word_at(at) ^ key_[lane], word_at(at + word) ^ lanes[lane]);
    state = folded_product(lanes[0] ^ key_[1], lanes[1] ^ key_[2]) ^
            folded_product(lanes[2] ^ key_[3], lanes[3] ^ key_[0]);
  }
  for (; left > pair; left -= pair, at += pair)
    state = folded_product(word_at(at) ^ key_[1], word_at(at + word) ^ state);
  const bool is_long = left >= word;
  const uint64_t first = is_long ? word_at(at) : short_word_at(at, left);
  const uint64_t last = is_long ? word_at(at + left - word) : 0;
  return folded_product(first ^ key_[2], last ^ key_[3] ^ state);
}

}  // namespace mqtt_native::mqtt
