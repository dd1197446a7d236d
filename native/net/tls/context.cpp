#include "net/tls/context.hpp"

namespace mqtt_native::net::tls {

struct Context::State {
  Settings settings;
};

Context::Context(Settings settings) : state_(std::make_unique<State>(std::move(settings))) {}

Context::~Context() = default;

DialResult Context::secure(std::unique_ptr<Stream> /*stream*/, const std::string& /*host*/,
                           const Patience& /*patience*/) {
  return Failure{"ENOSYS", "Not there yet"};
}

void set_default_authorities(std::string /*pem*/) {}

}  // namespace mqtt_native::net::tls
