#pragma once

#include <memory>
#include <variant>

#include "base/failure.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** The result of opening a stream or of adding a layer to one. */
using DialResult = std::variant<std::unique_ptr<Stream>, base::Failure>;

}  // namespace mqtt_native::net
