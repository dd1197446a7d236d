#include "node/event_batch.hpp"

#include <bit>

namespace mqtt_native::node {

static_assert(std::endian::native == std::endian::little, "records are little-endian");

void EventBatch::append(const Header& header, std::span<const mqtt::BytesView> sections) {
  size_t size = header_size;
  for (const mqtt::BytesView& section : sections) size += section.size();
  last_ = bytes_.size();
  const size_t padding = (4 - size % 4) % 4;
  std::byte* end = bytes_.append(size + padding);
  std::memcpy(end, &header, header_size);
  end += header_size;
  for (const mqtt::BytesView& section : sections) {
    if (section.empty()) continue;
    std::memcpy(end, section.data(), section.size());
    end += section.size();
  }
  std::memset(end, 0, padding);
  const bool is_completion = header.kind == Kind::completed;
  events_ += is_completion ? header.sizes[0] : 1;
  has_answers_ |= is_completion ? header.sizes[2] != 0 : header.kind != Kind::trace;
}

EventBatch::Place EventBatch::hold(const base::SharedBytes& memory, mqtt::BytesView payload) {
  held_size_ += payload.size();
  if (held_.empty() || held_.back().memory != memory) {
    held_.push_back({memory, payload.data(), 0});
    held_size_ += around_payloads;
  }
  Held& held = held_.back();
  const auto offset = static_cast<size_t>(payload.data() - held.begin);  // payloads ascend in memory
  held.size = offset + payload.size();
  return {static_cast<uint32_t>(held_.size() - 1), static_cast<uint32_t>(offset)};
}

bool EventBatch::extend_completion(uint32_t client, uint32_t token, uint32_t count) {
  if (events_ == 0) return false;
  Header last{};
  std::memcpy(&last, bytes_.data() + last_, header_size);
  // sizes of a completion: number of tokens, the answer's bytes, the packet identifier
  const bool bare =
      last.kind == Kind::completed && last.entry == 0 && last.sizes[1] == 0 && last.sizes[2] == 0;
  if (!bare || last.client != client || last.number + last.sizes[0] != token) return false;
  last.sizes[0] += count;
  events_ += count;
  std::memcpy(bytes_.data() + last_, &last, header_size);
  return true;
}

}  // namespace mqtt_native::node
