#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "mqtt/deviation.hpp"
#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/**
 * What each packet identifier of a session is in use for: the publishes, subscribes and unsubscribes that the
 * broker has not answered. The publishes among them are the client's half of the session state (MQTT 5,
 * section 4.1): they outlive a connection when the session does, to be sent again on the next one.
 *
 * Identifiers are given out in turn, past those in use [MQTT-2.2.1-3], and answered in about that order. So
 * most of those in use lie close together, and an entry is found by how far its identifier is from the
 * oldest one. An entry that is left unanswered while many later ones end moves from that row to a map. So
 * memory grows with the number of open entries alone, and only 65,535 of them block the next one.
 *
 * Counting begins at random, and goes on when a session is forgotten. Some brokers keep the state of an
 * identifier though they begin a new session. They would take a new message of QoS 2 for a repetition.
 */
class InflightTable {
 public:
  /** An entry that has ended. */
  struct Completed {
    std::optional<uint32_t>
        token;  // of who asked for it; nobody does any more when it is of an earlier connection
    uint16_t identifier;
  };

  enum class Verdict : uint8_t {
    expected,
    unknown_id,  // for an identifier that waits for nothing
    stale,       // a PUBREC to an earlier user of the identifier: to be ignored
    wrong_type,  // for an identifier that waits for something else: the broker is confused
  };

  /** What an acknowledgement means. */
  struct Outcome {
    Verdict verdict;
    std::optional<Completed> completed{};
    Bytes answer{};  // in place of the acknowledgement: a PUBREC that said more than success
    std::optional<Deviation> deviation{};
  };

  /** Begins with a random identifier. */
  InflightTable();
  /** Begins with this identifier, 1 or more. */
  explicit InflightTable(uint16_t first_identifier) : first_(first_identifier) {}

  /** Whether publishes are kept to be repeated: the session may outlive its connection. */
  void keep_publishes(bool keep);                                          // send
  [[nodiscard]] bool keeps_publishes() const { return keeps_publishes_; }  // any

  /**
   * Begins an entry that ends with this answer. Its identifier; 0 when all are in use. `sent`: there may
   * be an answer from now on; otherwise, once `on_sent` or `keep` has been called.
   */
  uint16_t allocate(PacketType answer, uint32_t token, bool sent = false);  // any
  /** Its packet has gone out. */
  void on_sent(uint16_t identifier);  // any
  /** The whole PUBLISH of an entry, should it be needed again. It counts as sent. */
  void store_packet(uint16_t identifier, Bytes packet);  // any
  /** An entry that has not begun after all. */
  void cancel(uint16_t identifier);  // any

  /** Judges an incoming acknowledgement, and goes on with its entry. `code`: its reason code, 0 where
   * there is none. */
  Outcome on_received(PacketType type, uint16_t identifier, uint8_t code, BytesView packet);  // reader

  /** InflightTable that the current connection has begun, or repeated, and the broker has not answered. */
  [[nodiscard]] size_t in_flight() const { return in_flight_; }  // any
  /** Whether another one may begin when so many may be under way. */
  [[nodiscard]] bool window_open(size_t limit) const;  // any

  /** The connection is gone: nobody waits for an answer any more. Publishes that are kept are to be repeated.
   */
  void on_connection_end();  // any
  /** The broker does not know the session. */
  void forget();  // any

  /** Whether publishes of earlier connections still wait to be repeated. */
  [[nodiscard]] bool has_resends() const { return to_resend_ > 0; }  // any
  /** Whether one of them may go when so many may be under way: it has its identifier. */
  [[nodiscard]] bool may_resend(size_t limit) const { return in_flight_ < limit; }  // any
  /** The next packet to repeat, from the oldest on: a PUBLISH marked as a duplicate, or a PUBREL. */
  Bytes next_resend();  // any

  /** Returns how many places entries take up: open ones, and closed ones that the row still has. */
  [[nodiscard]] size_t entry_count();  // any

 private:
  struct Entry {
    PacketType awaited{};
    bool open = false;
    bool sent = false;
    bool to_resend = false;
    std::optional<uint32_t> token{};
    Bytes packet{};  // PUBLISH while we wait for its first answer; later a PUBREC that said more than success
  };
  /** An entry that has left the row. */
  struct Straggler {
    Entry entry;
    uint64_t order;  // ascends from the oldest to the youngest
  };

  [[nodiscard]] size_t open() const { return in_flight_ + to_resend_; }
  [[nodiscard]] size_t max_row_size() const;
  [[nodiscard]] uint16_t identifier_at(size_t index) const;
  Entry* find(uint16_t identifier);
  void close(uint16_t identifier, Entry& entry);
  void skip_stragglers();
  void shorten();
  void drop_closed();
  bool end_connection(Entry& entry) const;

  std::mutex mutex_;
  std::deque<Entry> row_;  // of consecutive identifiers; the first is open
  uint16_t first_;         // the identifier of the first in the row, or of the next one when there is none
  std::unordered_map<uint16_t, Straggler> stragglers_;  // older than all of the row
  uint64_t last_order_ = 0;
  std::vector<uint16_t> resends_;  // those to be repeated, from the youngest to the oldest
  // Written under the lock. Open entries are under way, or to be repeated.
  std::atomic<size_t> in_flight_ = 0;
  std::atomic<size_t> to_resend_ = 0;
  std::atomic<bool> keeps_publishes_ = false;
};

}  // namespace mqtt_native::mqtt
