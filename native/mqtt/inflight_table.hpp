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
 * The packet identifiers in use in a session: the publishes, subscribes and unsubscribes that the broker has
 * not answered. Its publishes are the client's half of the session state (MQTT 5, section 4.1). If the
 * session outlives its connection, they are sent again on the next one.
 *
 * Identifiers are allocated in turn, past those in use [MQTT-2.2.1-3], and answered in about that order. So
 * most entries are in a row of consecutive identifiers, and the distance from the oldest one finds an entry.
 * An entry that stays unanswered while many later ones complete moves from the row to a map. So memory grows
 * with the number of open entries alone, and only 65,535 of them block the next one.
 *
 * Counting begins at random and continues when a session is forgotten. Some brokers keep the state of an
 * identifier though they begin a new session. They would take a new message of QoS 2 for a repetition.
 */
class InflightTable {
 public:
  /** A completed entry. */
  struct Completed {
    std::optional<uint32_t> token;  // of the operation; nothing if an earlier connection allocated it
    uint16_t identifier;
  };

  enum class Verdict : uint8_t {
    expected,
    unknown_id,  // the identifier awaits nothing
    stale,       // a PUBREC for an earlier use of the identifier: ignored
    wrong_type,  // the identifier awaits another packet type: a protocol error
  };

  /** The meaning of an acknowledgement. */
  struct Outcome {
    Verdict verdict;
    std::optional<Completed> completed{};
    Bytes answer{};  // replaces the acknowledgement: a PUBREC with a reason
    std::optional<Deviation> deviation{};
  };

  /** Starts with a random identifier. */
  InflightTable();
  /** Starts with this identifier, 1 or more. */
  explicit InflightTable(uint16_t first_identifier) : first_(first_identifier) {}

  /** Sets whether publishes are kept for resending, because the session may outlive its connection. */
  void keep_publishes(bool keep);                                          // send
  [[nodiscard]] bool keeps_publishes() const { return keeps_publishes_; }  // any

  /**
   * Allocates an entry that this answer completes. Returns its identifier; 0 when all are in use. `sent`: an
   * answer is expected from now on; otherwise from `on_sent` or `store_packet` on.
   */
  uint16_t allocate(PacketType answer, uint32_t token, bool sent = false);  // any
  /** The entry's packet has been sent. */
  void on_sent(uint16_t identifier);  // any
  /** Stores the whole PUBLISH of an entry for resending. It counts as sent. */
  void store_packet(uint16_t identifier, Bytes packet);  // any
  /** Frees an entry whose packet will not be sent. */
  void cancel(uint16_t identifier);  // any

  /** Handles an incoming acknowledgement and updates its entry. `code`: its reason code, 0 if it has none. */
  Outcome on_received(PacketType type, uint16_t identifier, uint8_t code, BytesView packet);  // reader

  /** Entries that the current connection has sent or resent, and the broker has not answered. */
  [[nodiscard]] size_t in_flight() const { return in_flight_; }  // any
  /** Whether another entry may be allocated with this limit of entries in flight. */
  [[nodiscard]] bool window_open(size_t limit) const;  // any

  /** The connection has ended, and no caller awaits an answer any more. Stored publishes must be resent. */
  void on_connection_end();  // any
  /** Drops all entries: the broker has no session. */
  void forget();  // any

  /** Whether publishes of earlier connections must still be resent. */
  [[nodiscard]] bool has_resends() const { return to_resend_ > 0; }  // any
  /** Whether one of them may be resent with this limit of entries in flight. */
  [[nodiscard]] bool may_resend(size_t limit) const { return in_flight_ < limit; }  // any
  /** Returns the next packet to resend, oldest first: a PUBLISH with the DUP flag, or a PUBREL. */
  Bytes next_resend();  // any

  /** Returns the number of entries in memory: open ones, and closed ones that are still in the row. */
  [[nodiscard]] size_t entry_count();  // any

 private:
  struct Entry {
    PacketType awaited{};
    bool open = false;
    bool sent = false;
    bool to_resend = false;
    std::optional<uint32_t> token{};
    Bytes packet{};  // PUBLISH until its first answer; then a PUBREC with a reason
  };
  /** An entry that has moved from the row to the map. */
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
  std::deque<Entry> row_;  // consecutive identifiers; the first entry is open
  uint16_t first_;         // the first identifier in the row, or the next one if the row is empty
  std::unordered_map<uint16_t, Straggler> stragglers_;  // older than all of the row
  uint64_t last_order_ = 0;
  std::vector<uint16_t> resends_;  // identifiers to resend, from the youngest to the oldest
  // Written under the lock. Open entries are in flight or must be resent.
  std::atomic<size_t> in_flight_ = 0;
  std::atomic<size_t> to_resend_ = 0;
  std::atomic<bool> keeps_publishes_ = false;
};

}  // namespace mqtt_native::mqtt
