#pragma once

#include <memory>
#include <variant>

#include "base/failure.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** What became of an attempt to open a stream, or to put a layer upon one. */
using DialResult = std::variant<std::unique_ptr<Stream>, base::Failure>;

}  // namespace mqtt_native::net
