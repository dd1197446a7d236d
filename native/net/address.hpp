#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

struct addrinfo;

namespace mqtt_native::net {

class Address {
 public:
  explicit Address(const addrinfo& info);

  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }

  /** `127.0.0.1`, `::1` */
  [[nodiscard]] std::string host() const;

  /** `127.0.0.1:1883`, `[::1]:1883` */
  [[nodiscard]] std::string text() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/** `localhost:1883`, `[::1]:1883` */
std::string host_and_port(const std::string& host, uint16_t port);

}  // namespace mqtt_native::net
