#pragma once

#include <memory>
#include <string>

#include "net/connect_deadline.hpp"
#include "net/stream.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/**
 * The common state of a client's TLS connections. Files are read and certificates parsed at first use, and
 * after a success never again. The context also keeps the latest session for resumption. A context that
 * follows another one reads the files again, and goes on with the state of that one if nothing has changed.
 */
class Context {
 public:
  /** `previous`: the context of an earlier attempt. If nothing has changed since, its state is used again. */
  explicit Context(Settings settings, const Context* previous = nullptr);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /** Performs a TLS handshake over a stream with a host, which must prove its name. */
  DialResult secure(std::unique_ptr<Stream> stream, const std::string& host,
                    const ConnectDeadline& deadline);  // dial

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

/** Sets the CA certificates (PEM) for contexts without their own. Only the first call has an effect. */
void set_default_certificates(std::string pem);  // any

}  // namespace mqtt_native::net::tls
