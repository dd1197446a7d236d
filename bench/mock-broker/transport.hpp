#pragma once

#include <memory>
#include <optional>
#include <span>

#include "packet.hpp"

namespace mock_broker {

/** The transport of a connection's bytes over a non-blocking socket. */
class Transport {
 public:
  virtual ~Transport() = default;
  /**
   * Returns the number of bytes read, 0 when none are available, or nothing after the end of the connection.
   */
  virtual std::optional<size_t> read(std::span<uint8_t> to) = 0;
  /**
   * Returns the number of bytes written, 0 when there is no room, or nothing after the end of the connection.
   */
  virtual std::optional<size_t> write(View from) = 0;
  /** Whether the transport holds bytes that have left the socket. */
  [[nodiscard]] virtual bool has_more() const { return false; }
};

/** Plain TCP. Closes the socket at its end. */
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

}  // namespace mock_broker
