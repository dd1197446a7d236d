#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "connection.hpp"
#include "tls.hpp"

namespace stand_in {

/** Listens, and serves everyone on one thread. */
class Server final : public Hub {
 public:
  /** `tls`: whether clients have to speak it. */
  Server(size_t window, bool tls);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /** What clients have to trust; empty without TLS. */
  [[nodiscard]] std::string certificate() const { return tls_ ? tls_->certificate() : ""; }
  /** Serves until standard input ends, and the clients that are there then have gone. */
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
  // Those that something happens to, so that the others cost no time, however many there are.
  std::unordered_set<Connection*> listeners_;
  std::vector<Connection*> to_pump_;
  std::vector<Connection*> ended_;
};

}  // namespace stand_in
