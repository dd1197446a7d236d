#include "node/loop_reader.hpp"

#include <utility>

namespace mqtt_native::node {

void LoopReader::read() {
  read_ = watch_.take();
  for (const uint32_t client : read_)
    if (const auto session = sessions_.find(client); session != sessions_.end()) session->second->read();
}

void LoopReader::flush_replies() {
  for (const uint32_t client : std::exchange(read_, {}))
    if (const auto session = sessions_.find(client); session != sessions_.end())
      session->second->flush_replies();
}

}  // namespace mqtt_native::node
