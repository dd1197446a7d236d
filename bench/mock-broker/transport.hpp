#pragma once

#include <memory>
#include <optional>
#include <span>

#include "packet.hpp"

namespace stand_in {

/** How the bytes of one connection travel: over a socket that never blocks. */
class Transport {
 public:
  virtual ~Transport() = default;
  /** How many bytes came, 0 when none are there yet; nothing once the connection is over. */
  virtual std::optional<size_t> read(std::span<uint8_t> to) = 0;
  /** How many bytes were taken, 0 when there is no room for any; nothing once the connection is over. */
  virtual std::optional<size_t> write(View from) = 0;
  /** Whether bytes have come that the socket knows nothing of any more. */
  [[nodiscard]] virtual bool has_more() const { return false; }
};

/** The bytes as they are. It closes the socket at its end. */
class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}
  ~PlainTransport() override;
  PlainTransport(const PlainTransport&) = delete;
  PlainTransport& operator=(const PlainTransport&) = delete;

  std::optional<size_t> read(std::span<uint8_t> to) override;
  std::optional<size_t> write(View from) override;

 private:
  const int socket_;
};

}  // namespace stand_in
