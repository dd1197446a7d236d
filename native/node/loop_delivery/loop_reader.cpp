#include "node/loop_delivery/loop_reader.hpp"

namespace mqtt_native::node {

namespace {

/** Offers are accepted from this number within this time on. Rarer messages may wake two threads. */
constexpr int min_offers = 4;
constexpr auto offer_period = std::chrono::milliseconds(20);
/** The time without offers after the loop had too much to read: frequent changes cost more than they save. */
constexpr auto pause_length = std::chrono::milliseconds(100);

}  // namespace

class LoopReader::Delivery final : public session::LoopDelivery {
 public:
  Delivery(std::shared_ptr<LoopReader> reader, uint32_t client)
      : reader_(std::move(reader)), client_(client) {}
  ~Delivery() override { end_reading(); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void offer(int descriptor) override {
    const std::lock_guard lock(mutex_);
    if (reading_ || closed_ || !is_frequent(base::Clock::now()) || !reader_->is_wanted_()) return;
    descriptor_ = descriptor;
    has_read_ = true;
    reading_ = reader_->epoll_set_.add(descriptor, client_);
  }
  [[nodiscard]] bool is_reading() const override { return reading_; }
  void check() override {
    if (!has_read_.exchange(false)) stop();
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    end_reading();
  }
  void pause() override {
    const std::lock_guard lock(mutex_);
    end_reading();
    period_begin_ = base::Clock::now() + pause_length;
  }

  void on_read() { has_read_ = true; }  // loop
  void close() {                        // loop
    const std::lock_guard lock(mutex_);
    closed_ = true;
    end_reading();
  }

 private:
  bool is_frequent(base::TimePoint now) {
    if (now < period_begin_) return false;
    if (now - period_begin_ > offer_period) {
      period_begin_ = now;
      offers_ = 0;
    }
    return ++offers_ >= min_offers;
  }

  void end_reading() {
    if (reading_.exchange(false)) reader_->epoll_set_.remove(descriptor_, client_);
    offers_ = 0;
  }

  const std::shared_ptr<LoopReader> reader_;
  const uint32_t client_;
  std::atomic<bool> reading_ = false;
  std::atomic<bool> has_read_ = false;  // since the last check

  std::mutex mutex_;
  int descriptor_ = -1;
  base::TimePoint period_begin_{};
  int offers_ = 0;
  bool closed_ = false;
};

std::shared_ptr<session::LoopDelivery> LoopReader::make_delivery(uint32_t client) {
  auto delivery = std::make_shared<Delivery>(shared_from_this(), client);
  clients_[client].delivery = delivery;
  return delivery;
}

void LoopReader::add(uint32_t client, session::Session& session) {
  clients_[client].session = &session;
}

void LoopReader::remove(uint32_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  if (const auto delivery = found->second.delivery.lock()) delivery->close();
  clients_.erase(found);
}

void LoopReader::read() {
  for (const uint32_t client : epoll_set_.take()) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) continue;
    if (const auto delivery = found->second.delivery.lock()) delivery->on_read();
    if (found->second.session->read()) owing_.push_back(client);
  }
}

void LoopReader::flush_replies() {
  for (const uint32_t client : owing_)
    if (const auto found = clients_.find(client); found != clients_.end())
      found->second.session->flush_replies();
  owing_.clear();
}

}  // namespace mqtt_native::node
