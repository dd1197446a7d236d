#include "net/stream.hpp"

namespace mqtt_native::net {

Failure failure_of(const Stream& stream, std::string_view call, const Transfer& transfer) {
  if (auto failure = stream.failure()) return std::move(*failure);
  return system_failure(call, transfer.error);
}

}  // namespace mqtt_native::net
