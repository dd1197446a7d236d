#include "node/loop_reader.hpp"

namespace mqtt_native::node {

void LoopReader::read() {
  for (const uint32_t client : watch_.take()) {
    const auto session = sessions_.find(client);
    if (session == sessions_.end()) continue;
    const wire::Replies replies = session->second->read();
    if (replies != wire::Replies::none) owing_.push_back(client);
    owes_packets_ |= replies == wire::Replies::packets;
  }
}

void LoopReader::flush_replies() {
  for (const uint32_t client : owing_)
    if (const auto session = sessions_.find(client); session != sessions_.end())
      session->second->flush_replies();
  owing_.clear();
  owes_packets_ = false;
}

}  // namespace mqtt_native::node
