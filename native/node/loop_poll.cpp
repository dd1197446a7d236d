#include "node/loop_poll.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

// What is needed of libuv's uv.h, which does not come with the headers of Node-API. It has kept these through
// all of its versions 1. Weak, since other runtimes need not have them.
extern "C" {
struct uv_handle_s;
struct uv_poll_s;
[[gnu::weak]] size_t uv_handle_size(int type);
[[gnu::weak]] void* uv_handle_get_data(const uv_handle_s* handle);
[[gnu::weak]] void uv_handle_set_data(uv_handle_s* handle, void* data);
[[gnu::weak]] void uv_unref(uv_handle_s* handle);
[[gnu::weak]] void uv_close(uv_handle_s* handle, void (*on_closed)(uv_handle_s*));
[[gnu::weak]] int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int descriptor);
[[gnu::weak]] int uv_poll_start(uv_poll_s* handle, int events,
                                void (*on_event)(uv_poll_s* handle, int status, int events));
}

namespace mqtt_native::node {

namespace {

constexpr int uv_poll_type = 8;  // UV_POLL
constexpr int uv_readable = 1;   // UV_READABLE

/** Lives until the loop has let go of its handle, at the end of the environment. */
struct Poll {
  explicit Poll(std::function<void()> function) : on_readable(std::move(function)) {}

  const std::function<void()> on_readable;
  std::unique_ptr<void, decltype(&std::free)> handle{std::malloc(uv_handle_size(uv_poll_type)), std::free};
  napi_async_cleanup_hook_handle end = nullptr;

  [[nodiscard]] uv_poll_s* poll() const { return static_cast<uv_poll_s*>(handle.get()); }
  [[nodiscard]] uv_handle_s* base() const { return static_cast<uv_handle_s*>(handle.get()); }
};

void on_event(uv_poll_s* handle, int /*status*/, int /*events*/) {
  static_cast<Poll*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(handle)))->on_readable();
}

void on_closed(uv_handle_s* handle) {
  const std::unique_ptr<Poll> poll(static_cast<Poll*>(uv_handle_get_data(handle)));
  napi_remove_async_cleanup_hook(poll->end);
}

void on_exit(napi_async_cleanup_hook_handle, void* poll) {
  uv_close(static_cast<Poll*>(poll)->base(), on_closed);
}

}  // namespace

bool poll_in_loop(napi_env env, int descriptor, std::function<void()> on_readable) {
  uv_loop_s* loop = nullptr;
  if (uv_poll_init == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) return false;
  auto poll = std::make_unique<Poll>(std::move(on_readable));
  if (uv_poll_init(loop, poll->poll(), descriptor) != 0) return false;
  uv_handle_set_data(poll->base(), poll.get());
  uv_poll_start(poll->poll(), uv_readable, on_event);
  uv_unref(poll->base());
  napi_add_async_cleanup_hook(env, on_exit, poll.get(), &poll->end);
  (void)poll.release();
  return true;
}

}  // namespace mqtt_native::node
