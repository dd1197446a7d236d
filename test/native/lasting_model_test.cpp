// Random operations over connections that are lost, resumed and forgotten at random, against a broker that is
// a model of the protocol. Each operation ends once, and each message arrives as often as its end says.

#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "lasting_session.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::LastingSession;
using mqtt_native::test::TestPeer;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;

namespace {

using Random = std::mt19937;

uint32_t below(Random& random, uint32_t limit) {
  return static_cast<uint32_t>(random() % limit);
}

/** The broker's half of a session. It answers late, and forgets at a command. */
class ModelBroker {
 public:
  /** Accepts a connection. Returns whether it has the session. */
  bool begin(bool clean) {
    if (clean) forget();
    answers_.clear();
    in_flight_.clear();
    return std::exchange(has_session_, true);
  }
  void forget() {
    has_session_ = false;
    received_qos2_.clear();
  }

  void handle(const Bytes& packet) {
    const int type = std::to_integer<int>(packet.front()) >> 4;
    if (type == 3) return handle_publish(packet);
    const uint16_t identifier = mqtt::uint16_at(packet, 2);
    const int high = identifier >> 8;
    const int low = identifier & 0xFF;
    if (type == 6) {
      received_qos2_.erase(identifier);
      answers_.push_back(bytes({0x70, 2, high, low}));
    } else if (type == 8) {
      requests_.insert(text_of_filter(packet));
      answers_.push_back(bytes({0x90, 3, high, low, 0}));
    } else if (type == 10) {
      answers_.push_back(bytes({0xB0, 2, high, low}));
    } else {
      FAIL("a packet of type " << type);
    }
  }

  /** The next answer; empty: there is none. */
  Bytes next_answer() {
    if (answers_.empty()) return {};
    Bytes answer = answers_.front();
    answers_.pop_front();
    in_flight_.erase(mqtt::uint16_at(answer, 2));
    return answer;
  }

  /** The tokens of the messages that arrived at this QoS, in their order. */
  [[nodiscard]] const std::vector<uint32_t>& arrived(size_t qos) const { return arrived_.at(qos); }
  [[nodiscard]] bool has_request(const std::string& filter) const { return requests_.contains(filter); }

 private:
  /** PUBLISH with a topic of one character and the token as its payload. */
  void handle_publish(const Bytes& packet) {
    const int flags = std::to_integer<int>(packet.front());
    const auto qos = static_cast<size_t>(flags >> 1 & 3);
    const size_t start = qos == 0 ? 5 : 7;
    const auto* payload = reinterpret_cast<const char*>(packet.data()) + start;
    const auto token = static_cast<uint32_t>(std::stoul(std::string(payload, packet.size() - start)));
    if (qos == 0) return arrived_[0].push_back(token);
    const uint16_t identifier = mqtt::uint16_at(packet, 5);
    CHECK(in_flight_.insert(identifier).second);  // in use once at a time
    const int first = qos == 1 ? 0x40 : 0x50;
    answers_.push_back(bytes({first, 2, identifier >> 8, identifier & 0xFF}));
    if (qos == 2) {
      const auto [received, is_new] = received_qos2_.emplace(identifier, token);
      CHECK(received->second == token);
      if (!is_new) {
        CHECK((flags & 0x08) != 0);
        return;
      }
    }
    arrived_[qos].push_back(token);
  }

  static std::string text_of_filter(const Bytes& packet) {
    const auto* begin = reinterpret_cast<const char*>(packet.data());
    return std::string(begin + 6, begin + packet.size() - 1);
  }

  bool has_session_ = false;
  std::map<uint16_t, uint32_t> received_qos2_;
  std::set<uint16_t> in_flight_;
  std::deque<Bytes> answers_;
  std::array<std::vector<uint32_t>, 3> arrived_;
  std::set<std::string> requests_;
};

/** The record of one operation. */
struct Call {
  enum class Kind : uint8_t { publish, subscribe, unsubscribe };
  enum class End : uint8_t { none, cancelled_unsent, cancelled, completed, session_lost };

  Kind kind;
  size_t qos;
  End end = End::none;
};

class Program {
 public:
  explicit Program(unsigned seed) : random_(seed) { fixture_.next.inflight_limit = 1 + below(random_, 8); }

  void run(int steps) {
    for (int step = 0; step < steps; step++) this->step(below(random_, 100));
    finish();
  }

 private:
  void step(uint32_t dice) {
    take_events();
    if (dice < 30) return submit();
    if (dice < 35) return cancel();
    if (!peer_) return dice < 60 ? connect() : void();
    if (dice < 65) return read();
    if (dice < 92) return answer();
    if (dice < 96) broker_.forget();
    peer_->close();
    peer_.reset();
    await("lost CONNECTION_LOST");
  }

  void submit() {
    const uint32_t token = ++last_token_;
    const size_t dice = below(random_, 10);
    const auto kind = dice < 8    ? Call::Kind::publish
                      : dice == 8 ? Call::Kind::subscribe
                                  : Call::Kind::unsubscribe;
    const Call call{.kind = kind, .qos = kind == Call::Kind::publish ? dice % 3 : 0};
    calls_.emplace(token, call);
    const std::string number = std::to_string(token);
    const std::string filter = std::string("\0", 1) + static_cast<char>(number.size()) + number;
    if (kind == Call::Kind::publish) {
      const Bytes payload = text(number);
      CHECK(fixture_.submit(
          {.qos = static_cast<uint8_t>(call.qos), .token = token, .topics = "t", .payload = payload}));
    } else if (kind == Call::Kind::subscribe) {
      CHECK(fixture_.submit(LastingSession::subscription(token, filter, fixture_.qos0)));
    } else {
      CHECK(
          fixture_.submit({.kind = session::Operation::Kind::unsubscribe, .token = token, .topics = filter}));
    }
  }

  void cancel() {
    if (last_token_ == 0) return;
    const uint32_t token = 1 + below(random_, last_token_);
    const auto found = calls_.find(token);
    if (found == calls_.end() || found->second.end != Call::End::none) return;
    Call& call = found->second;
    const bool unsent = fixture_.session->cancel(token);
    take_events();
    if (call.end == Call::End::none) call.end = unsent ? Call::End::cancelled_unsent : Call::End::cancelled;
  }

  void connect() {
    fixture_.next.clean = below(random_, 10) == 0;
    fixture_.next.one_by_one = below(random_, 10) == 0;
    peer_.emplace(fixture_.begin());
    if (below(random_, 5) == 0) {  // the attempt fails
      peer_->close();
      peer_.reset();
      return await("failed CONNECTION_LOST");
    }
    const bool has_session = broker_.begin(fixture_.next.clean);
    peer_->write(has_session ? mqtt_native::test::resumed : mqtt_native::test::forgotten);
    await("connected");
    for (uint32_t renewals = below(random_, 3); renewals > 0; renewals--) fixture_.renew(++last_token_);
    fixture_.session->proceed();
  }

  void read() {
    while (peer_->is_readable(1)) {
      broker_.handle(*peer_->read());
      if (below(random_, 4) == 0) return;
    }
  }

  void answer() {
    for (uint32_t count = 1 + below(random_, 4); count > 0; count--) peer_->write(broker_.next_answer());
  }

  /** Everything ends on a healthy connection. */
  void finish() {
    while (!peer_) connect();
    const auto deadline = base::Clock::now() + std::chrono::seconds(10);
    while (has_open_calls() && base::Clock::now() < deadline) {
      if (peer_->is_readable(1)) broker_.handle(*peer_->read());
      peer_->write(broker_.next_answer());
      take_events();
    }
    check();
  }

  [[nodiscard]] bool has_open_calls() const {
    const auto is_open = [](const auto& call) { return call.second.end == Call::End::none; };
    return std::any_of(calls_.begin(), calls_.end(), is_open) ||
           fixture_.session->in_flight() + fixture_.session->queued() > 0;
  }

  void check() const {
    std::map<uint32_t, int> arrivals;
    for (size_t qos = 0; qos < 3; qos++) {
      uint32_t last = 0;
      for (const uint32_t token : broker_.arrived(qos)) {
        const bool is_first = arrivals[token]++ == 0;
        if (is_first) CHECK(token > last);  // in the order of the calls
        last = std::max(token, last);
      }
    }
    for (const auto& [token, call] : calls_) {
      CAPTURE(token);
      CAPTURE(call.qos);
      const int count = arrivals[token];
      CHECK(call.end != Call::End::none);
      if (call.end == Call::End::cancelled_unsent) CHECK(count == 0);
      if (call.kind != Call::Kind::publish) continue;
      if (call.qos != 1) CHECK(count <= 1);
      if (call.end == Call::End::completed && call.qos > 0) CHECK(count > 0);
      if (call.end == Call::End::session_lost) CHECK(call.qos == 2);
    }
    CHECK(fixture_.session->queued() == 0);
  }

  // ---- events ----

  void await(const std::string& wanted) {
    for (std::string event = fixture_.events->next(); event != wanted; event = fixture_.events->next())
      note(event);
  }

  void take_events() {
    while (const auto event = fixture_.events->poll()) note(*event);
  }

  void note(const std::string& event) {
    const auto ends_with_token = [&event](const std::string& name) { return event.starts_with(name); };
    if (ends_with_token("completed ")) return end(event.substr(10), Call::End::completed);
    if (ends_with_token("session lost ")) return end(event.substr(13), Call::End::session_lost);
    FAIL("unexpected: " << event);
  }

  void end(const std::string& token, Call::End end) {
    const auto call = calls_.find(static_cast<uint32_t>(std::stoul(token)));
    if (call == calls_.end()) return;  // a renewal
    const Call::End before = call->second.end;
    CAPTURE(token);
    CHECK((before == Call::End::none || before == Call::End::cancelled));  // once
    if (before == Call::End::none) call->second.end = end;
  }

  Random random_;
  LastingSession fixture_;
  ModelBroker broker_;
  std::optional<TestPeer> peer_;
  std::map<uint32_t, Call> calls_;
  uint32_t last_token_ = 0;
};

}  // namespace

TEST_CASE("random operations over random connections end once, and arrive as often as they must") {
  const char* wanted = std::getenv("MQTT_NATIVE_SEED");
  const unsigned first = wanted == nullptr ? 1 : static_cast<unsigned>(std::stoul(wanted));
  const unsigned last = wanted == nullptr ? 20 : first;
  for (unsigned seed = first; seed <= last; seed++) {
    CAPTURE(seed);
    Program(seed).run(400);
  }
}
