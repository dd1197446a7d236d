#include <algorithm>

#include "net/tls/buffers.hpp"
#include "tls_fixture.hpp"

using namespace mqtt_native;
using mqtt::Bytes;
using test::noise;

TEST_CASE("a record chunker fills records without needless copies") {
  Bytes small = noise(100);
  Bytes large = noise(40'000);
  const iovec parts[] = {{small.data(), 100}, {small.data(), 0}, {large.data(), 40'000}, {small.data(), 100}};
  net::tls::RecordChunker chunker(parts);
  CHECK(chunker.size() == 40'200);
  chunker.skip(50);
  CHECK(chunker.next().size() == 16 * 1024);
  const auto second = chunker.next();
  CHECK(second.size() == 16 * 1024);
  CHECK(second.data() == large.data() + 16 * 1024 - 50);
  CHECK(chunker.next().size() == 40'150 - 32 * 1024);
  CHECK(chunker.empty());
  CHECK(chunker.next().empty());
}

TEST_CASE("a pooled buffer keeps the order of bytes, however many") {
  net::tls::PooledBuffer buffer;
  const Bytes content = noise(200'000);
  buffer.append(std::span(content).first(10));
  buffer.append(std::span(content).subspan(10, 60'000));
  buffer.consume(5);
  buffer.append(std::span(content).subspan(60'010));
  CHECK(std::ranges::equal(buffer.bytes(), std::span(content).subspan(5)));
  buffer.consume(content.size() - 5);
  CHECK(buffer.empty());
}
