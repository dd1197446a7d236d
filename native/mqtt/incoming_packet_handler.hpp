#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "mqtt/inflight_table.hpp"
#include "mqtt/packet_checks.hpp"
#include "mqtt/publish.hpp"
#include "mqtt/received_qos2_ids.hpp"
#include "mqtt/topic_aliases.hpp"

namespace mqtt_native::mqtt {

struct PacketAction {
  enum class Kind : uint8_t {
    deliver,  // a message
    control,  // the control plane handles it
    consume,  // nothing more is done with it
    error,
  };

  Kind kind;
  ProtocolError error{};
  std::optional<Acknowledgement> reply{};
  std::optional<InflightTable::Completed> completed{};  // the entry that the packet completes
  Bytes answer{};                                       // reported instead of the packet
  std::optional<Deviation> deviation{};                 // a fault of the broker that is tolerated
};

/**
 * Checks each packet of a connection and decides how to handle it. Keeps track of awaited acknowledgements,
 * topic aliases, and open deliveries. Belongs to the connection's reader.
 */
class IncomingPacketHandler {
 public:
  /** `defers`: whether the receiver acknowledges messages of QoS 1 and 2; null: never. */
  IncomingPacketHandler(const ClientLimits& limits, InflightTable& inflight,
                        std::shared_ptr<ReceivedQos2Ids> received_qos2_ids,
                        std::shared_ptr<const std::atomic<bool>> defers = nullptr)
      : limits_(limits),
        inflight_(inflight),
        received_qos2_ids_(std::move(received_qos2_ids)),
        defers_(std::move(defers)) {}

  /** Whether messages keep the property Topic Alias. */
  void keep_aliases(bool keeps) { keeps_aliases_ = keeps; }  // send

  [[nodiscard]] std::optional<ProtocolError> check(const FixedHeader& header) const {  // reader
    return check_header(header, limits_, !connack_.empty());
  }
  PacketAction handle(BytesView packet, const FixedHeader& header);  // reader

  /** The front of the PUBLISH that was handled last, with its whole topic and without an alias. */
  [[nodiscard]] const PublishFront& front() const { return front_; }  // reader
  [[nodiscard]] const Bytes& connack() const { return connack_; }     // reader

  /** The QoS 2 message that was handled last has been delivered. */
  void on_delivered() { received_qos2_ids_->add(front_.identifier, digest_); }  // reader
  /** Whether the receiver acknowledges the message that was handled last. */
  [[nodiscard]] bool is_deferred() const { return deferred_; }  // reader
  /** Whether that message of QoS 2 has been delivered before. */
  [[nodiscard]] bool is_repetition() const { return repeated_; }  // reader
  /** The receiver has acknowledged a deferred message with this PUBACK or PUBREC. */
  void on_acknowledged(PacketType type, uint16_t identifier, uint8_t reason_code);  // any
  /** The client starts a re-authentication: the broker may send AUTH until it has sent success. */
  void begin_authentication() { authenticating_ = true; }  // any

 private:
  void note_connack(BytesView packet, const FixedHeader& header);
  PacketAction handle_publish(BytesView packet, const FixedHeader& header);
  bool resolve_alias();
  bool count(const FixedHeader& header, std::optional<Deviation>& deviation);
  bool is_repeated(const FixedHeader& header, BytesView payload);
  void forget_refused();
  PacketAction handle_pubrel(uint16_t identifier);
  PacketAction handle_acknowledgement(BytesView packet, const FixedHeader& header);
  PacketAction handle_auth(BytesView packet, const FixedHeader& header);

  const ClientLimits limits_;
  InflightTable& inflight_;
  PublishFront front_;
  Bytes properties_;     // of the front, if they had an alias
  uint64_t digest_ = 0;  // of the QoS 2 message that was handled last
  Bytes connack_;
  IncomingAliases aliases_;
  std::unordered_set<uint16_t> deliveries_;  // QoS 2, begun on this connection and not yet released by PUBREL
  const std::shared_ptr<ReceivedQos2Ids> received_qos2_ids_;
  const std::shared_ptr<const std::atomic<bool>> defers_;
  bool keeps_aliases_ = false;
  bool deferred_ = false;
  bool repeated_ = false;
  std::atomic<uint32_t> unacknowledged_ = 0;  // deferred messages of QoS 1
  std::atomic<bool> has_refused_ = false;
  std::mutex refused_mutex_;
  std::vector<uint16_t> refused_;            // QoS 2, ended by a PUBREC with a failing code
  std::atomic<bool> authenticating_ = true;  // until CONNACK, and during a re-authentication
};

}  // namespace mqtt_native::mqtt
