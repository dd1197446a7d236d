// The layers between the client and a broker: proxies, HTTP upgrades and WebSocket.

#include <memory>
#include <string>

#include "../native/fake_stream.hpp"
#include "net/http/response_head.hpp"
#include "net/proxy/proxy.hpp"
#include "net/websocket/upgrade.hpp"
#include "net/websocket/websocket_stream.hpp"
#include "targets.hpp"

namespace mqtt_native::fuzz {

using mqtt_native::test::FakeStream;
using net::Transfer;
using Bytes = mqtt_native::mqtt::Bytes;

namespace {

/** A stream that delivers these bytes and then ends. */
std::unique_ptr<FakeStream> stream_of(mqtt_native::mqtt::BytesView bytes, size_t step) {
  auto stream = std::make_unique<FakeStream>();
  stream->feed({bytes.begin(), bytes.end()});
  stream->step = step;
  stream->ended = true;
  return stream;
}

/** Reads to the end and returns the number of bytes. */
size_t drain(net::Stream& stream, size_t room) {
  Bytes buffer(room);
  for (size_t total = 0;;) {
    const Transfer transfer = stream.read(buffer);
    require(transfer.bytes <= room);
    total += transfer.bytes;
    if (transfer.state == Transfer::State::ended || transfer.state == Transfer::State::failed) return total;
  }
}

const net::CancellationToken no_cancel;
net::ConnectDeadline deadline() {
  return {base::Clock::now() + std::chrono::hours(1), no_cancel};
}

}  // namespace

void websocket(Input input) {
  Source source(input);
  const size_t step = 1U + source.byte();
  const size_t room = 1U + source.byte() * 16U;
  const auto frames = source.bytes(SIZE_MAX);
  net::websocket::WebSocketStream stream(stream_of(frames, step));
  require(drain(stream, room) <= frames.size());
  (void)stream.failure();
}

void http(Input input) {
  Source source(input);
  const size_t step = 1U + source.byte();
  const auto answer = source.bytes(SIZE_MAX);
  (void)net::http::parse_response_head({reinterpret_cast<const char*>(answer.data()), answer.size()});
  auto result = net::websocket::upgrade(
      stream_of(answer, step), {"GET / HTTP/1.1\r\n\r\n", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, deadline());
  if (auto* failure = std::get_if<base::Failure>(&result)) {
    require(!failure->code.empty() && failure->text.size() < 4'096);
    return;
  }
  require(drain(*std::get<0>(result), 4'096) <= answer.size());
}

void proxy(Input input) {
  Source source(input);
  const size_t step = 1U + source.byte();
  const uint8_t choices = source.byte();
  const auto answers = source.bytes(SIZE_MAX);
  const net::proxy::Proxy settings{.kind = static_cast<net::proxy::Proxy::Kind>(choices % 3),
                                   .host = "proxy.example",
                                   .port = 1080,
                                   .username = (choices & 4) != 0 ? "name" : "",
                                   .password = (choices & 8) != 0 ? "word" : ""};
  const net::proxy::Destination destination{(choices & 16) != 0 ? "192.0.2.7" : "broker.example", 1883};
  const auto stream = stream_of(answers, step);
  const auto failure = net::proxy::connect_through(*stream, settings, destination, deadline());
  if (failure) require(!failure->code.empty() && failure->text.size() < 4'096);
}

}  // namespace mqtt_native::fuzz
