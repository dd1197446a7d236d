#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mqtt/deviation.hpp"
#include "mqtt/limits.hpp"
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
  struct Completed {
    std::optional<uint32_t> token;  // of the operation; nothing if an earlier connection allocated it
    uint16_t identifier;
    bool counts = true;  // it took a place in the window
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

  InflightTable();
  /** Starts with this identifier, 1 or more. */
  explicit InflightTable(uint16_t first_identifier) : first_(first_identifier) {}

  /** The part of the table that outlives a connection. */
  enum class Keeps : uint8_t {
    nothing,
    publishes,  // the session may outlive its connection
    calls,      // and their callers, which still await an answer
  };
  void keep(Keeps keeps) { keeps_ = keeps; }                                       // send
  [[nodiscard]] bool keeps_publishes() const { return keeps_ != Keeps::nothing; }  // any

  /**
   * Allocates an entry that this answer completes. Returns its identifier; 0 when all are in use. `sent`: an
   * answer is expected from now on; otherwise from `on_sent` or `store_packet` on. `counts`: the entry takes
   * a place in the window.
   */
  uint16_t allocate(PacketType answer, uint32_t token, bool sent = false, bool counts = true);  // any
  void on_sent(uint16_t identifier);                                                            // any
  /** Stores the PUBLISH of an entry for resending: it is sent, at this `position` of the output. */
  void store_packet(uint16_t identifier, Bytes packet, uint64_t position = 0);  // any
  /** Frees an entry whose packet will not be sent. */
  void cancel(uint16_t identifier);  // any

  /** The caller no longer awaits the answer. The publish belongs to the session only. */
  void abandon(uint32_t token);  // loop
  /** No caller awaits an answer any more. */
  void abandon_all();  // loop
  /** Removes a publish. Its identifier stays unused until the session ends. Returns whether it was there. */
  bool refuse(uint32_t token);  // loop

  /** Handles an incoming acknowledgement and updates its entry. `code`: its reason code, 0 if it has none. */
  Outcome on_received(PacketType type, uint16_t identifier, uint8_t code, BytesView packet);  // reader

  /** Entries that the current connection has sent or resent, and the broker has not answered. */
  [[nodiscard]] size_t in_flight() const { return in_flight_; }          // any
  [[nodiscard]] bool has_identifier() const { return open() < 65'535; }  // any
  /** Whether another entry may be allocated with this limit of entries in flight. */
  [[nodiscard]] bool window_open(size_t limit) const;  // any

  /** The connection has ended. It may have written its output up to `written`. */
  void on_connection_end(uint64_t written = UINT64_MAX);  // any
  /** Drops all entries: the broker has no session. */
  void forget();  // any

  struct Lost {
    std::optional<uint32_t> token;  // nothing: no caller awaits the answer
    Bytes packet;                   // empty: PUBREC had arrived
    bool written;                   // a part of it may have reached the broker
  };
  /**
   * Does the same as `forget`. Returns the publishes that had to be resent, oldest first. `keeps_released`:
   * those that await PUBCOMP stay, with their identifiers, so that PUBREL is sent in the new session.
   */
  std::vector<Lost> take_lost(bool keeps_released = false);  // any

  /** Whether publishes of earlier connections must still be resent. */
  [[nodiscard]] bool has_resends() const { return to_resend_ > 0; }  // any
  /** Whether one of them may be resent with this limit of entries in flight. */
  [[nodiscard]] bool may_resend(size_t limit) const { return in_flight_ < limit; }  // any

  struct Resend {
    Bytes packet;  // a PUBLISH, with the DUP flag if it has been written before; or a PUBREL
    std::optional<uint32_t> token;
    uint8_t refusal = 0;  // instead of the packet: the reason code by the broker's limits
  };
  /** Returns the next packet to resend, oldest first. The identifier of a refused one stays unused. */
  std::optional<Resend> next_resend(const BrokerLimits& limits = {}, uint64_t position = 0);  // any

  /** Returns the number of entries in memory: open ones, and closed ones that are still in the row. */
  [[nodiscard]] size_t entry_count();  // any

 private:
  struct Entry {
    PacketType awaited{};
    bool open = false;
    bool sent = false;
    bool to_resend = false;
    bool counts = true;    // in the window
    bool written = false;  // a part of it may have reached the broker
    std::optional<uint32_t> token{};
    uint64_t position = 0;  // in the output of the last connection
    Bytes packet{};         // PUBLISH until its first answer; then a PUBREC with a reason
  };
  /** An entry that has moved from the row to the map. */
  struct Straggler {
    Entry entry;
    uint64_t order;  // ascends from the oldest to the youngest
  };

  [[nodiscard]] size_t open() const { return in_flight_ + to_resend_ + uncounted_; }
  [[nodiscard]] size_t max_row_size() const;
  [[nodiscard]] uint16_t identifier_at(size_t index) const;
  Entry* find(uint16_t identifier);
  std::atomic<size_t>& find_counter(const Entry& entry);
  void close(uint16_t identifier, Entry& entry);
  void burn(Entry& entry);
  void clear();
  void restore(std::vector<std::pair<uint16_t, Entry>>&& entries);
  void skip_stragglers();
  void shorten();
  void drop_closed();
  bool end_connection(Entry& entry, uint64_t written);
  Resend resend(Entry& entry, uint16_t identifier, const BrokerLimits& limits);
  void prune_abandoned();

  std::mutex mutex_;
  std::deque<Entry> row_;  // consecutive identifiers; the first entry is open
  uint16_t first_;         // the first identifier in the row, or the next one if the row is empty
  std::unordered_map<uint16_t, Straggler> stragglers_;  // older than all of the row
  uint64_t last_order_ = 0;
  std::vector<uint16_t> resends_;           // identifiers to resend, from the youngest to the oldest
  std::unordered_set<uint32_t> abandoned_;  // tokens; some of entries that have ended already
  // Written under the lock. Each open entry is in one of them.
  std::atomic<size_t> in_flight_ = 0;
  std::atomic<size_t> to_resend_ = 0;
  std::atomic<size_t> uncounted_ = 0;  // outside the window
  std::atomic<Keeps> keeps_ = Keeps::nothing;
};

}  // namespace mqtt_native::mqtt
