#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "node/event_queue.hpp"
#include "targets.hpp"

namespace mqtt_native::fuzz {

using mqtt::BytesView;
using node::EventBatch;
using node::EventQueue;

namespace {

std::string to_string(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/** One event as a line, for comparisons. */
std::string line(EventBatch::Kind kind, uint32_t client, const std::string& rest) {
  return std::to_string(static_cast<int>(kind)) + ' ' + std::to_string(client) + ' ' + rest;
}

/** A deferred message as it is compared. */
std::string to_line(uint16_t identifier, bool repeated, uint32_t connection) {
  return std::to_string(identifier) + (repeated ? " again" : " first") + std::to_string(connection);
}

/** Reads batches in the same way as lib/native/event-batch.ts. */
class Reader {
 public:
  void read(const EventBatch& batch) {
    batch_ = &batch;
    const BytesView bytes = batch.bytes();
    require(bytes.size() % 4 == 0);
    for (size_t at = 0; at < bytes.size();) at = read_record(bytes, at);
  }

  std::deque<std::string> lines;

 private:
  size_t read_record(BytesView bytes, size_t at) {
    EventBatch::Header header{};
    require(at + EventBatch::header_size <= bytes.size());
    std::memcpy(&header, bytes.data() + at, EventBatch::header_size);
    at_ = at + EventBatch::header_size;
    bytes_ = bytes;
    switch (header.kind) {
      case EventBatch::Kind::message:
        read_message(header);
        break;
      case EventBatch::Kind::completed: {
        const std::string answer = section(header.sizes[1]);
        for (uint32_t i = 0; i < header.sizes[0]; i++)
          lines.push_back(
              line(header.kind, header.client,
                   std::to_string(header.number + i) + ' ' + std::to_string(header.sizes[2]) + answer));
        break;
      }
      case EventBatch::Kind::trace:
        lines.push_back(line(header.kind, 0, section(header.sizes[0])));
        break;
      default: {
        std::string rest;
        for (const uint32_t size : header.sizes) rest += section(size) + '|';
        lines.push_back(line(header.kind, header.client, rest));
      }
    }
    return (at_ + 3) / 4 * 4;
  }

  void read_message(const EventBatch::Header& header) {
    EventBatch::Place place{};
    const bool held = (header.flags & 1 << 6) != 0;
    if (held) std::memcpy(&place, section(sizeof place).data(), sizeof place);
    std::string topic = section(header.sizes[0]);
    if ((header.flags & 1 << 4) != 0) topic = topics_.at(header.entry);
    if ((header.flags & 1 << 5) != 0) topics_.at(header.entry) = topic;
    const std::string properties = section(header.sizes[1]);
    const std::string payload = held ? held_payload(place, header.sizes[2]) : section(header.sizes[2]);
    lines.push_back(
        line(header.kind, header.client, topic + '|' + properties + '|' + payload + describe(header)));
  }

  /** The identifier, and of a deferred message what its acknowledgement needs. */
  static std::string describe(const EventBatch::Header& header) {
    if ((header.flags & 1 << 7) == 0) return std::to_string(header.number);
    return to_line(static_cast<uint16_t>(header.number), (header.number & 1 << 16) != 0, header.number >> 17);
  }

  [[nodiscard]] std::string held_payload(EventBatch::Place place, size_t size) const {
    const EventBatch::Held& held = batch_->held().at(place.index);
    require(place.offset + size <= held.size);
    return to_string({held.begin + place.offset, size});
  }

  std::string section(size_t size) {
    require(at_ + size <= bytes_.size());
    at_ += size;
    return to_string(bytes_.subspan(at_ - size, size));
  }

  BytesView bytes_;
  size_t at_ = 0;
  const EventBatch* batch_ = nullptr;
  std::vector<std::string> topics_ = std::vector<std::string>(node::TopicCache::size);
};

/**
 * Adds one event to the event queue and returns it as lines. Calls `empty` before a trace line, which a full
 * event queue would drop.
 */
std::vector<std::string> put(EventQueue& event_queue, Source& source, uint32_t& token,
                             const std::function<void()>& empty) {
  const uint32_t client = source.byte() % 4U;
  const auto kind = static_cast<EventBatch::Kind>(1 + source.byte() % 8);
  const std::string first = to_string(source.bytes(source.byte()));
  const std::string second = to_string(source.bytes(source.byte()));
  const auto view = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  switch (kind) {
    case EventBatch::Kind::message: {
      std::string payload = second;
      base::SharedBytes memory;
      if (source.byte() % 16 == 0) payload.resize(EventQueue::min_held_size + payload.size());
      if (payload.size() >= EventQueue::min_held_size && source.byte() % 2 == 0) {
        memory = std::make_shared<std::byte[]>(payload.size());
        std::memcpy(memory.get(), payload.data(), payload.size());
      }
      const auto identifier = source.byte();
      const bool deferred = source.byte() % 2 == 0;
      const bool repeated = deferred && source.byte() % 2 == 0;
      const auto connection = static_cast<uint16_t>(deferred ? source.byte() << 7 : 0);
      event_queue.message(client,
                          {.topic = first,
                           .properties = view(second),
                           .payload = memory ? BytesView{memory.get(), payload.size()} : view(payload),
                           .memory = memory,
                           .identifier = identifier,
                           .qos = 1,
                           .retain = false,
                           .duplicate = false,
                           .deferred = deferred,
                           .repeated = repeated,
                           .connection = connection});
      const std::string rest =
          deferred ? to_line(identifier, repeated, connection) : std::to_string(identifier);
      return {line(kind, client, first + '|' + second + '|' + payload + rest)};
    }
    case EventBatch::Kind::completed: {
      const uint32_t count = 1 + source.byte() % 3U;
      const uint16_t identifier = source.byte() % 2U;
      const bool answered = identifier != 0;
      std::vector<std::string> lines;
      for (uint32_t i = 0; i < count; i++)
        lines.push_back(
            line(kind, client,
                 std::to_string(token + i) + ' ' + std::to_string(identifier) + (answered ? first : "")));
      event_queue.completed(client, {.token = token,
                                     .count = count,
                                     .identifier = identifier,
                                     .answer = answered ? view(first) : BytesView{}});
      token += count;
      return lines;
    }
    case EventBatch::Kind::trace:
      empty();
      event_queue.trace(first);
      return {line(kind, 0, first)};
    case EventBatch::Kind::connected:
    case EventBatch::Kind::authentication:
    case EventBatch::Kind::deviation:
      event_queue.packet(client, kind, view(first));
      return {line(kind, client, "||" + first + '|')};
    default: {
      const mqtt::CloseReason reason{{first, second}, 7, {}};
      event_queue.ended(client, kind, &reason);
      return {line(kind, client, first + '|' + second + "||")};
    }
  }
}

}  // namespace

void event_batch(Input input) {
  Source source(input);
  int wakes = 0;
  int emptied = 0;
  EventQueue event_queue({.wake = [&wakes] { wakes++; }, .resume = [] {}});
  Reader reader;
  std::deque<std::string> expected;
  uint32_t token = 1;
  const auto empty = [&] {
    if (expected.empty()) return;
    while (auto taken = event_queue.take()) reader.read(*taken);
    require(event_queue.rearm());
    require(reader.lines == expected);
    reader.lines.clear();
    expected.clear();
    emptied++;
  };
  while (!source.done()) {
    for (auto& event : put(event_queue, source, token, empty)) expected.push_back(std::move(event));
    event_queue.notify();
    require(wakes == emptied + 1);  // one ring covers all waiting events
    if (source.byte() % 8 == 0) empty();
  }
  empty();
}

}  // namespace mqtt_native::fuzz
