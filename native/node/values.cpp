#include "node/values.hpp"

namespace mqtt_native::node {

BytesArgument::BytesArgument(napi_env env, napi_value value) {
  if (value == nullptr) return;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_string) {
    read_string(env, value);
    return;
  }
  if (type != napi_object) return;
  void* data = nullptr;
  size_t size = 0;
  if (napi_get_typedarray_info(env, value, nullptr, &size, &data, nullptr, nullptr) == napi_ok)
    view_ = {static_cast<const std::byte*>(data), size};
}

/** Reads a string. A short one is converted in one call. A longer one is measured first. */
void BytesArgument::read_string(napi_env env, napi_value value) {
  constexpr size_t max_character_size = 4;
  size_t size = 0;
  napi_get_value_string_utf8(env, value, short_.data(), short_.size(), &size);
  const char* begin = short_.data();
  if (size + max_character_size >= short_.size()) {  // it may be truncated
    napi_get_value_string_utf8(env, value, nullptr, 0, &size);
    long_.resize(size + 1);
    napi_get_value_string_utf8(env, value, long_.data(), size + 1, &size);
    begin = long_.data();
  }
  view_ = std::as_bytes(std::span(begin, size));
}

uint32_t to_uint32(const Napi::Value& value) {
  return value.As<Napi::Number>().Uint32Value();
}

std::string to_string(napi_env env, napi_value value) {
  return std::string(BytesArgument(env, value).text());
}

void hold_in(const Napi::Value& object, const char* name, napi_value value) {
  napi_property_descriptor property{};
  property.utf8name = name;
  property.value = value;
  napi_define_properties(object.Env(), object, 1, &property);
}

std::string to_mqtt_strings(const Napi::Value& array) {
  const auto list = array.As<Napi::Array>();
  std::string strings;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const BytesArgument string(array.Env(), list.Get(i));
    const std::string_view text = string.text();
    strings.push_back(static_cast<char>(text.size() >> 8));
    strings.push_back(static_cast<char>(text.size() & 0xFF));
    strings.append(text);
  }
  return strings;
}

JsValue JsValue::operator[](const char* name) const {
  napi_value member = nullptr;
  const napi_status status = is_object() ? napi_get_named_property(env_, value_, name, &member) : napi_ok;
  return found(status, member);
}

std::vector<JsValue> JsValue::elements() const {
  uint32_t size = 0;
  if (is_object()) napi_get_array_length(env_, value_, &size);  // not an array: no elements
  std::vector<JsValue> elements;
  for (uint32_t i = 0; i < size; i++) {
    napi_value element = nullptr;
    const napi_status status = napi_get_element(env_, value_, i, &element);
    elements.push_back(found(status, element));
  }
  return elements;
}

std::string JsValue::text() const {
  return value_ == nullptr ? "" : to_string(env_, value_);
}

mqtt::Bytes JsValue::bytes() const {
  return value_ == nullptr ? mqtt::Bytes{} : BytesArgument(env_, value_).copy();
}

JsValue JsValue::found(napi_status status, napi_value value) const {
  if (status != napi_ok) *failed_ = true;
  return {env_, status == napi_ok ? value : nullptr, *failed_};
}

}  // namespace mqtt_native::node
