#include "node/loop_reader.hpp"

namespace mqtt_native::node {

void LoopReader::read() {
  for (const uint32_t client : watch_.take())
    if (const auto session = sessions_.find(client); session != sessions_.end()) session->second->read();
}

}  // namespace mqtt_native::node
