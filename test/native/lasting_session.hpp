#pragma once

#include <string>
#include <string_view>

#include "session_fixture.hpp"

namespace mqtt_native::test {

inline const mqtt::Bytes resumed = bytes({0x20, 2, 1, 0});    // CONNACK of MQTT 3.1.1 with the session
inline const mqtt::Bytes forgotten = bytes({0x20, 2, 0, 0});  // and without it

/** A session whose operations outlive its connections. */
struct LastingSession : SessionFixture {
  explicit LastingSession(size_t max_bytes = SIZE_MAX)
      : SessionFixture(nullptr, {.keeps_operations = true, .max_bytes = max_bytes}) {
    next.protocol = mqtt::Protocol::v311;
    next.connect_packet = connect_packet;
    next.clean = false;
  }

  /** Connects with the settings in `next`, as far as CONNECT. */
  TestPeer begin() {
    next.target = {"127.0.0.1", broker.port()};
    next.deadline = base::Clock::now() + std::chrono::seconds(10);
    return SessionFixture::begin(next);
  }

  /** Connects. Nothing but renewals is sent yet. */
  TestPeer connect_held(const mqtt::Bytes& answer = forgotten) {
    TestPeer peer = begin();
    peer.write(answer);
    expect("connected");
    return peer;
  }

  TestPeer connect(const mqtt::Bytes& answer = forgotten) {
    TestPeer peer = connect_held(answer);
    session->proceed();
    return peer;
  }

  /** Publishes the text "hi" to the topic "t". */
  void publish_text(uint32_t token, uint8_t qos) {
    CHECK(submit({.qos = qos, .token = token, .topics = "t", .payload = std::as_bytes(std::span("hi", 2))}));
  }

  bool submit(const session::Operation& operation) const {
    const bool taken = session->submit(operation);
    session->flush();
    return taken;
  }

  static session::Operation subscription(uint32_t token, std::string_view filter,
                                         const mqtt::Bytes& options) {
    return {
        .kind = session::Operation::Kind::subscribe, .token = token, .topics = filter, .options = options};
  }
  /** Subscribes to the filter "a". */
  void subscribe(uint32_t token) { CHECK(submit(subscription(token, filter_a, qos0))); }
  void unsubscribe(uint32_t token) {
    CHECK(submit({.kind = session::Operation::Kind::unsubscribe, .token = token, .topics = filter_a}));
  }
  void renew(uint32_t token) {
    session->renew(subscription(token, filter_a, qos0));
    session->flush();
  }

  void lose(TestPeer& peer) const {
    peer.close();
    CHECK(events->next() == "lost CONNECTION_LOST");
  }
  void expect(const std::string& event) const { CHECK(events->next() == event); }

  /** PUBLISH of "hi" to "t" with this first byte and identifier. */
  static mqtt::Bytes hi(int first, int identifier) {
    return bytes({first, 7, 0, 1, 't', identifier >> 8, identifier & 0xFF, 'h', 'i'});
  }
  static mqtt::Bytes subscribe_packet(int identifier) {
    return bytes({0x82, 6, 0, identifier, 0, 1, 'a', 0});
  }
  static mqtt::Bytes puback(int identifier) { return bytes({0x40, 2, 0, identifier}); }
  static mqtt::Bytes pubrec(int identifier) { return bytes({0x50, 2, 0, identifier}); }
  static mqtt::Bytes pubrel(int identifier) { return bytes({0x62, 2, 0, identifier}); }
  static mqtt::Bytes pubcomp(int identifier) { return bytes({0x70, 2, 0, identifier}); }
  static mqtt::Bytes suback(int identifier) { return bytes({0x90, 3, 0, identifier, 0}); }

  session::ConnectRequest next;
  const std::string_view filter_a = std::string_view("\0\1a", 3);
  const mqtt::Bytes qos0 = bytes({0});
};

/** A lasting session on MQTT 5. */
struct LastingSessionV5 : LastingSession {
  LastingSessionV5() {
    next.protocol = mqtt::Protocol::v5;
    next.session_expiry = 60;
    next.connect_packet =
        bytes({0x10, 18, 0, 4}) + text("MQTT") + bytes({5, 0, 0, 60, 5, 0x11, 0, 0, 0, 60, 0, 0});
  }

  /** CONNACK with these properties. */
  static mqtt::Bytes connack(bool session_present, const mqtt::Bytes& properties = {}) {
    const int size = static_cast<int>(properties.size());
    return bytes({0x20, 3 + size, session_present ? 1 : 0, 0, size}) + properties;
  }

  [[nodiscard]] bool publish(uint32_t token, uint8_t qos, const mqtt::Bytes& properties,
                             std::string_view topic = "t", const mqtt::Bytes& payload = text("hi")) const {
    return submit(
        {.qos = qos, .token = token, .topics = topic, .payload = payload, .properties = properties});
  }
};

}  // namespace mqtt_native::test
