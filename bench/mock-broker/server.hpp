#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "connection.hpp"
#include "tls.hpp"

namespace mock_broker {

/** Listens, and serves all clients on one thread. */
class Server final : public Hub {
 public:
  /** `tls` says whether clients must use TLS. */
  Server(size_t window, bool tls);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /** The certificate that clients must trust; empty without TLS. */
  [[nodiscard]] std::string certificate() const { return tls_ ? tls_->certificate() : ""; }
  /** Serves until standard input has ended and the remaining clients have disconnected. */
  void run();

  Report& report() override { return report_; }
  [[nodiscard]] size_t window() const override { return window_; }
  [[nodiscard]] size_t flood_block() const override;
  void echo(const Incoming& message) override;
  void want_pump(Connection& connection) override;
  void listens(Connection& connection) override { listeners_.insert(&connection); }
  void ended(Connection& connection) override { ended_.push_back(&connection); }

 private:
  void accept();
  bool input_ended() const;
  void pump(Connection& connection);
  void forget_ended();

  const size_t window_;
  const std::unique_ptr<TlsServer> tls_;
  Report report_;
  int epoll_;
  int listener_;
  int port_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  // Connections with pending work, so that idle ones cost no time.
  std::unordered_set<Connection*> listeners_;
  std::vector<Connection*> to_pump_;
  std::vector<Connection*> ended_;
};

}  // namespace mock_broker
