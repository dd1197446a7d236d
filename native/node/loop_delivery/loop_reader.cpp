#include "node/loop_delivery/loop_reader.hpp"

#include <atomic>
#include <utility>

namespace mqtt_native::node {

/** The offers of one client. */
class LoopReader::Delivery final : public session::LoopDelivery {
 public:
  Delivery(std::shared_ptr<LoopReader> reader, uint32_t client)
      : reader_(std::move(reader)), client_(client) {}

  void offer(int descriptor) override {
    if (is_armed_ || !reader_->is_wanted_()) return;
    is_armed_ = true;  // first: the loop may take it before `arm` returns
    if (!reader_->watch_.arm(descriptor, client_)) is_armed_ = false;
  }
  void reset() override { is_armed_ = false; }

  /** Whether an offer was open. Closes it. */
  bool take() { return is_armed_.exchange(false); }  // loop

 private:
  const std::shared_ptr<LoopReader> reader_;
  const uint32_t client_;
  std::atomic<bool> is_armed_ = false;
};

std::shared_ptr<session::LoopDelivery> LoopReader::delivery_of(uint32_t client) {
  return clients_[client].delivery = std::make_shared<Delivery>(shared_from_this(), client);
}

void LoopReader::add(uint32_t client, session::Session& session) {
  clients_[client].session = &session;
}

void LoopReader::read() {
  for (const uint32_t client : watch_.take()) {
    const auto found = clients_.find(client);
    if (found == clients_.end() || !found->second.delivery->take()) continue;
    const wire::Replies replies = found->second.session->read();
    if (replies != wire::Replies::none) owing_.push_back(client);
    owes_packets_ |= replies == wire::Replies::packets;
  }
}

void LoopReader::flush_replies() {
  for (const uint32_t client : owing_)
    if (const auto found = clients_.find(client); found != clients_.end())
      found->second.session->flush_replies();
  owing_.clear();
  owes_packets_ = false;
}

}  // namespace mqtt_native::node
