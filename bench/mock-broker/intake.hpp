#pragma once

#include <bitset>
#include <string>
#include <unordered_map>

#include "packet.hpp"
#include "report.hpp"

namespace mock_broker {

/** A PUBLISH that a client has sent. */
struct Incoming {
  std::string_view topic;
  uint8_t qos;
  bool duplicate;
  uint16_t id;
  View payload;
};

Incoming read_publish(const Packet& packet, bool v5);

/**
 * Checks the messages that one client publishes to `sink/<size>`: consecutive numbers, the size and the
 * bytes.
 */
class Intake {
 public:
  explicit Intake(Report& report) : report_(report) {}

  /** Checks a message. Returns false for a repeated message of QoS 2, which does not count. */
  bool accept(const Incoming& message);
  /** Handles the PUBREL for this identifier. */
  void release(uint16_t id);
  /** Adds the client's figures to the report. */
  void close();

 private:
  struct Sink {
    std::string topic;
    Bytes expected;
    uint32_t next = 0;
    uint64_t received = 0;
  };

  /** Allows lookups by a view of a string. */
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Sink* sink_of(std::string_view topic);
  void verify(Sink& sink, View payload);

  Report& report_;
  std::unordered_map<std::string, Sink, Hash, std::equal_to<>> sinks_;
  Sink* latest_ = nullptr;
  std::bitset<65'536> unreleased_;
};

}  // namespace mock_broker
