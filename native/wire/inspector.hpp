#pragma once

#include <atomic>
#include <memory>
#include <unordered_set>

#include "wire/exchanges.hpp"
#include "wire/publish.hpp"
#include "wire/received_qos2_ids.hpp"
#include "wire/topic_aliases.hpp"
#include "wire/violation.hpp"

namespace mqtt_native::wire {

/** What becomes of a packet that has arrived. */
struct Finding {
  enum class Kind : uint8_t {
    for_paho,
    kept_back,   // not for Paho: it is ours, or for nobody
    incomplete,  // more of it must arrive before anything can be said
    violation,
  };

  Kind kind = Kind::for_paho;
  Violation violation{};
  size_t replaced = 0;  // of a packet for Paho: bytes of its front that are replaced by `replacement`
  Bytes replacement{};
  std::optional<Acknowledgement> reply{};       // to one that is kept back
  std::optional<Exchanges::Settled> settled{};  // the exchange that it ends
  Bytes answer{};                               // that is to be read in its place, by who settles
  std::optional<Deviation> deviation{};         // a fault of the broker that is tolerated
};

/**
 * Sees each packet of a connection before Paho does, and remembers what is needed to tell whether the broker
 * may send it: what waits for an acknowledgement, what topic aliases mean, which deliveries are open. Belongs
 * to the connection's reader, but for what other threads send.
 */
class Inspector {
 public:
  Inspector(const Terms& terms, Exchanges& exchanges, std::shared_ptr<ReceivedQos2Ids> received_qos2_ids)
      : terms_(terms), exchanges_(exchanges), received_qos2_ids_(std::move(received_qos2_ids)) {}

  /** Judges a packet by its fixed header. */
  [[nodiscard]] std::optional<Violation> check(const FixedHeader& header) const {  // reader
    return check_header(header, terms_, !connack_.empty());
  }
  /** Judges a packet, of which `bytes` have arrived: of a PUBLISH perhaps not all, of others the whole. */
  Finding inspect(BytesView bytes, const FixedHeader& header);  // reader

  /** The front of the PUBLISH that was inspected last. */
  [[nodiscard]] const PublishFront& front() const { return front_; }  // reader
  [[nodiscard]] const Bytes& connack() const { return connack_; }     // reader

  /** The message of QoS 2 that was inspected last has been delivered. */
  void on_delivered() { received_qos2_ids_->add(front_.identifier, digest_); }  // reader
  /** We ask for a re-authentication: the broker may send AUTH until it has said success. */
  void begin_authentication() { authenticating_ = true; }  // any

 private:
  void note_connack(BytesView packet, const FixedHeader& header);
  Finding inspect_publish(BytesView bytes, const FixedHeader& header);
  bool count(const FixedHeader& header);
  bool is_repeated(const FixedHeader& header, BytesView topic, BytesView payload);
  Finding inspect_release(uint16_t identifier);
  Finding inspect_acknowledgement(BytesView packet, const FixedHeader& header);
  Finding inspect_auth(BytesView packet, const FixedHeader& header);

  const Terms terms_;
  Exchanges& exchanges_;
  PublishFront front_;
  uint64_t digest_ = 0;  // of the message of QoS 2 that was inspected last
  Bytes connack_;
  IncomingAliases aliases_;
  std::unordered_set<uint16_t>
      deliveries_;  // of QoS 2, begun on this connection, for which no PUBREL has come
  const std::shared_ptr<ReceivedQos2Ids> received_qos2_ids_;
  std::atomic<bool> authenticating_ = true;  // until CONNACK, and again while we re-authenticate
};

}  // namespace mqtt_native::wire
