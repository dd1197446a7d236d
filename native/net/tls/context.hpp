#pragma once

#include <memory>
#include <string>

#include "net/connect_deadline.hpp"
#include "net/dial_result.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/**
 * What all TLS connections of a client have in common. Files are read, and certificates parsed, when it is
 * first needed; once that has succeeded, never again. It also keeps the latest session, to be resumed.
 */
class Context {
 public:
  explicit Context(Settings settings);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /** Negotiates TLS over a stream with a host, which must prove to be that host. */
  DialResult secure(std::unique_ptr<Stream> stream, const std::string& host,
                    const ConnectDeadline& deadline);  // dial

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

/** What contexts without authorities of their own trust: PEM, any number of certificates. The first call
 * counts. */
void set_default_certificates(std::string pem);  // any

}  // namespace mqtt_native::net::tls
