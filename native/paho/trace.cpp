#include "paho/trace.hpp"

#include <map>
#include <mutex>

namespace mqtt_native::paho {

namespace {

struct Registry {
  std::mutex mutex;
  std::map<uint32_t, Trace::Listener> listeners;
  uint32_t last_name = 0;
};

Registry& registry() {
  static Registry* const registry = new Registry;  // never deleted, as Paho's threads never end
  return *registry;
}

}  // namespace

uint32_t Trace::listen(Listener listener) {
  const std::lock_guard lock(registry().mutex);
  const uint32_t name = ++registry().last_name;
  registry().listeners.emplace(name, std::move(listener));
  listeners = registry().listeners.size();
  return name;
}

void Trace::forget(uint32_t name) {
  const std::lock_guard lock(registry().mutex);
  registry().listeners.erase(name);
  listeners = registry().listeners.size();
}

void Trace::write(std::string_view line) {
  const std::lock_guard lock(registry().mutex);
  for (const auto& [name, listener] : registry().listeners) listener(line);
}

}  // namespace mqtt_native::paho
