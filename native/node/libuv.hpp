#pragma once

#include <node_api.h>

#include <cstddef>

// The part of libuv's uv.h that the addon needs. Node-API's headers do not include it. All versions 1 of
// libuv have these declarations. They are weak, because other runtimes need not have them.
extern "C" {
struct uv_async_s;
struct uv_handle_s;
struct uv_idle_s;
struct uv_poll_s;
[[gnu::weak]] size_t uv_handle_size(int type);
[[gnu::weak]] void* uv_handle_get_data(const uv_handle_s* handle);
[[gnu::weak]] void uv_handle_set_data(uv_handle_s* handle, void* data);
[[gnu::weak]] void uv_ref(uv_handle_s* handle);
[[gnu::weak]] void uv_unref(uv_handle_s* handle);
[[gnu::weak]] void uv_close(uv_handle_s* handle, void (*on_closed)(uv_handle_s*));
[[gnu::weak]] int uv_async_init(uv_loop_s* loop, uv_async_s* handle, void (*on_send)(uv_async_s*));
[[gnu::weak]] int uv_async_send(uv_async_s* handle);
[[gnu::weak]] int uv_idle_init(uv_loop_s* loop, uv_idle_s* handle);
[[gnu::weak]] int uv_idle_start(uv_idle_s* handle, void (*on_idle)(uv_idle_s*));
[[gnu::weak]] int uv_idle_stop(uv_idle_s* handle);
[[gnu::weak]] int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int descriptor);
[[gnu::weak]] int uv_poll_start(uv_poll_s* handle, int events,
                                void (*on_event)(uv_poll_s* handle, int status, int events));
}
