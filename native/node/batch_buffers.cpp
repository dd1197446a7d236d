#include "node/batch_buffers.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace mqtt_native::node {

namespace {

/** Bytes: below this, copying costs less than a finalizer. */
constexpr size_t min_external_size = 16 * 1024;

napi_value external_buffer(napi_env env, void* memory, size_t size) {
  napi_value buffer = nullptr;
  const auto free_memory = [](napi_env, void* data, void*) { std::free(data); };
  const napi_status status =
      napi_create_external_arraybuffer(env, memory, size, free_memory, nullptr, &buffer);
  return status == napi_ok ? buffer : nullptr;
}

napi_value copy_buffer(napi_env env, mqtt::BytesView bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return nullptr;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return buffer;
}

/** Makes an ArrayBuffer that holds the memory. A runtime without external memory gets a copy. */
napi_value held_buffer(napi_env env, const EventBatch::Held& held) {
  auto holder = std::make_unique<base::SharedBytes>(held.memory);
  const auto free = [](napi_env, void*, void* hint) {
    const std::unique_ptr<base::SharedBytes> memory(static_cast<base::SharedBytes*>(hint));
  };
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(env, const_cast<std::byte*>(held.begin),
                                                              held.size, free, holder.get(), &buffer);
  if (status != napi_ok) return copy_buffer(env, {held.begin, held.size});
  (void)holder.release();
  return buffer;
}

}  // namespace

napi_value batch_buffer(napi_env env, EventBatch& batch) {
  MallocBuffer& memory = batch.memory();
  const bool worth_it = memory.size() >= min_external_size && memory.size() * 2 >= memory.capacity();
  napi_value buffer = worth_it ? external_buffer(env, memory.data(), memory.size()) : nullptr;
  if (buffer == nullptr) return copy_buffer(env, memory.view());
  (void)memory.release();
  return buffer;
}

napi_value held_buffers(napi_env env, const EventBatch& batch) {
  napi_value list = nullptr;
  if (batch.held().empty()) return napi_get_undefined(env, &list) == napi_ok ? list : nullptr;
  if (napi_create_array_with_length(env, batch.held().size(), &list) != napi_ok) return nullptr;
  for (uint32_t i = 0; const EventBatch::Held& held : batch.held()) {
    const napi_value buffer = held_buffer(env, held);
    if (buffer == nullptr || napi_set_element(env, list, i++, buffer) != napi_ok) return nullptr;
  }
  return list;
}

}  // namespace mqtt_native::node
