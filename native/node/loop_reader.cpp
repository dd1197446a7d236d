#include "node/loop_reader.hpp"

namespace mqtt_native::node {

void LoopReader::read() {
  for (const uint32_t client : watch_.take()) {
    const auto session = sessions_.find(client);
    if (session != sessions_.end() && session->second->read()) owing_.push_back(client);
  }
}

void LoopReader::flush_replies() {
  for (const uint32_t client : owing_)
    if (const auto session = sessions_.find(client); session != sessions_.end())
      session->second->flush_replies();
  owing_.clear();
}

}  // namespace mqtt_native::node
