#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include "paho/paho.hpp"
#include "session/control_plane.hpp"

namespace mqtt_native::paho {

class Adapter;

/**
 * A control plane that is one of Paho's asynchronous clients. To Paho it is a socket, too. Paho reads whole
 * control packets from its byte queue. The packets that Paho writes go to the session.
 */
class PahoControlPlane final : public session::ControlPlane,
                               public std::enable_shared_from_this<PahoControlPlane> {
 public:
  PahoControlPlane(Adapter& adapter, std::weak_ptr<Listener> listener, mqtt::Protocol protocol)
      : adapter_(adapter), listener_(std::move(listener)), protocol_(protocol) {}
  ~PahoControlPlane() override;

  std::optional<base::Failure> connect(mqtt::Bytes packet) override;               // send
  int request(const session::Operation& operation, uint16_t identifier) override;  // send
  void disconnect(mqtt::Bytes packet) override;                                    // send
  void receive(mqtt::BytesView packet) override;                                   // any
  void end() override;                                                             // any
  void destroy() override;                                                         // send

  void on_processed();  // send

  // Paho's calls on its socket; its lock is held.
  void on_attached(int descriptor);          // control: connect(2)
  ssize_t read(void* into, size_t size);     // control: recv(2)
  void write(std::span<const iovec> parts);  // control: writev(2)
  void on_closed();                          // control: close(2)

 private:
  int create_handle();
  int start_connect();
  void report(void (Listener::*event)());
  void note_readable();

  /** A callback of Paho's. */
  template <void (Listener::*event)(), typename Data>
  static void report(void* self, Data* /*data*/) {
    static_cast<PahoControlPlane*>(self)->report(event);
  }

  Adapter& adapter_;
  const std::weak_ptr<Listener> listener_;
  const mqtt::Protocol protocol_;
  std::atomic<bool> is_destroyed_ = false;

  // send
  MQTTAsync handle_ = nullptr;
  uint16_t number_ = 0;

  // Paho's lock is held
  mqtt::Bytes connect_packet_;
  mqtt::Bytes disconnect_packet_;

  std::mutex mutex_;
  mqtt::Bytes input_;
  size_t taken_ = 0;  // of the input
  bool has_ended_ = false;
  int descriptor_ = -1;
};

}  // namespace mqtt_native::paho
