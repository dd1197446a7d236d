#include "net/websocket/close_code.hpp"

#include <array>
#include <utility>

namespace mqtt_native::net::websocket {

namespace {

constexpr auto names = std::to_array<std::pair<uint16_t, std::string_view>>({
    {1000, "normal closure"},
    {1001, "going away"},
    {1002, "protocol error"},
    {1003, "unsupported data"},
    {1007, "invalid frame payload data"},
    {1008, "policy violation"},
    {1009, "message too big"},
    {1010, "mandatory extension"},
    {1011, "internal error"},
    {1012, "service restart"},
    {1013, "try again later"},
    {1014, "bad gateway"},
    {3000, "unauthorized"},
    {3003, "forbidden"},
    {3008, "timeout"},
});

}  // namespace

bool may_be_sent(uint16_t close_code) {
  if (close_code >= 3000) return close_code < 5000;  // registered or private
  return close_code >= 1000 && !close_code_name(close_code).empty();
}

std::string_view close_code_name(uint16_t close_code) {
  for (const auto& [code, name] : names)
    if (code == close_code) return name;
  return {};
}

}  // namespace mqtt_native::net::websocket
