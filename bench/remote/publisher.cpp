#include "publisher.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "events.hpp"
#include "measure.h"
#include "payload.hpp"

namespace remote {

namespace {

/** The interval in seconds between readings of the counters while nothing may be sent. */
constexpr double look_interval = 200e-6;
constexpr size_t stamp_begin = 8;
constexpr size_t bytes_at_once = 32 * 1024;

/** The number of QoS 2 messages that mosquitto accepts at once by default. */
constexpr uint32_t most_unacknowledged = 20;

}  // namespace

Publisher::Publisher(raw_peer::Peer& peer, const Counters& counters, Message message, uint32_t window)
    : peer_(peer),
      counters_(counters),
      message_(std::move(message)),
      window_(window),
      payload_(mock_broker::payload_of(message_.size)) {}

void Publisher::run() {
  for (;;) {
    const double time = due();
    const Events events = wait_for_events(peer_.socket(), time);
    if (events.is_over) return;
    if (events.is_readable) peer_.read_packets([](const raw_peer::Packet&) {});
    const uint32_t allowed = allowance();
    if (allowed == 0 || now() < time) continue;
    const auto batch = static_cast<uint32_t>(std::max<size_t>(1, bytes_at_once / message_.size));
    send(counters_.rate > 0 ? 1 : std::min(allowed, batch));
  }
}

/** The number of messages that may be sent now, apart from the pace. */
uint32_t Publisher::allowance() const {
  const uint32_t missing = counters_.requested - sent_;
  const uint32_t room = window_ - (sent_ - counters_.received);
  const auto unacknowledged = static_cast<uint32_t>(peer_.acknowledgements().outstanding());
  const uint32_t allowed = std::min(missing, room);
  return message_.qos == 0 ? allowed : std::min(allowed, most_unacknowledged - unacknowledged);
}

/** The time of the next message or the next reading of the counters. */
double Publisher::due() {
  if (sent_ == counters_.requested) pace_.reset();
  if (allowance() == 0) return now() + look_interval;
  if (counters_.rate == 0) return 0;
  if (!pace_) pace_ = Pace{.begin = now(), .sent = sent_};
  return pace_->begin + static_cast<double>(sent_ - pace_->sent) / counters_.rate;
}

void Publisher::send(uint32_t count) {
  packets_.clear();
  const double microseconds = now() * 1e6;
  for (uint32_t i = 0; i < count; i++) append_packet(microseconds);
  peer_.write_all(packets_);
}

void Publisher::append_packet(double time) {
  mock_broker::set_sequence(payload_.data(), sent_++);
  std::memcpy(payload_.data() + stamp_begin, &time, sizeof time);
  const auto qos = static_cast<uint8_t>(message_.qos);
  const uint16_t id = qos > 0 ? peer_.acknowledgements().begin(qos) : uint16_t{0};
  mock_broker::append_publish_head(packets_, {message_.topic, qos, id, false}, payload_.size());
  packets_.insert(packets_.end(), payload_.begin(), payload_.end());
}

}  // namespace remote
