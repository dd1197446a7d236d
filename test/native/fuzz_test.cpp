// Replays the corpus of the fuzz tests: see test/fuzz.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "../fuzz/targets.hpp"

using namespace mqtt_native;

namespace {

size_t replay(const std::string& target, void (*run)(fuzz::Input)) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MQTT_NATIVE_CORPUS "/" + target)) {
    CAPTURE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    run({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    count++;
  }
  return count;
}

}  // namespace

TEST_CASE("corpus of broker input") {
  CHECK(replay("mqtt", fuzz::mqtt) > 10);
}

TEST_CASE("corpus of properties") {
  CHECK(replay("properties", fuzz::properties) > 10);
}

TEST_CASE("corpus of proxies, web servers and WebSocket") {
  CHECK(replay("http", fuzz::http) > 5);
  CHECK(replay("proxy", fuzz::proxy) > 5);
  CHECK(replay("websocket", fuzz::websocket) > 5);
}

TEST_CASE("corpus of event batches") {
  CHECK(replay("event_batch", fuzz::event_batch) > 10);
}
