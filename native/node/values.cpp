#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/** Strings up to this length are converted in one call; longer ones are measured first. */
constexpr size_t short_string = 256;

/** Makes `String` (std::string or Bytes) of a JavaScript string. */
template <typename String>
String text_of(napi_env env, napi_value value) {
  char buffer[short_string];
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, buffer, sizeof buffer, &size) != napi_ok) return {};
  // A result that leaves room for one more character is whole: none has been cut off.
  if (size + 4 < sizeof buffer) {
    const auto* begin = reinterpret_cast<const typename String::value_type*>(buffer);
    return String(begin, begin + size);
  }
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  String text(size + 1, typename String::value_type{});
  napi_get_value_string_utf8(env, value, reinterpret_cast<char*>(text.data()), size + 1, &size);
  text.resize(size);
  return text;
}

}  // namespace

wire::Bytes bytes_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_string) return text_of<wire::Bytes>(env, value);
  if (type != napi_object) return {};
  void* data = nullptr;
  size_t size = 0;
  if (napi_get_typedarray_info(env, value, nullptr, &size, &data, nullptr, nullptr) != napi_ok || size == 0)
    return {};
  const auto* begin = static_cast<const std::byte*>(data);
  return {begin, begin + size};
}

std::string string_of(napi_env env, napi_value value) {
  return text_of<std::string>(env, value);
}

std::vector<std::string> strings_of(const Napi::Value& array) {
  const auto list = array.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < list.Length(); i++) strings.push_back(string_of(array.Env(), list.Get(i)));
  return strings;
}

}  // namespace mqtt_native::node
