#include "net/stream.hpp"

namespace mqtt_native::net {

base::Failure to_failure(const Stream& stream, std::string_view call, const Transfer& transfer) {
  if (auto failure = stream.failure()) return std::move(*failure);
  return base::system_failure(call, transfer.error);
}

}  // namespace mqtt_native::net
