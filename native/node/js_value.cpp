#include "node/js_value.hpp"

#include "node/values.hpp"

namespace mqtt_native::node {

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

bool JsValue::flag() const {
  bool flag = false;
  if (value_ != nullptr) napi_get_value_bool(env_, value_, &flag);
  return flag;
}

uint32_t JsValue::number() const {
  uint32_t number = 0;
  if (value_ != nullptr) napi_get_value_uint32(env_, value_, &number);
  return number;
}

int32_t JsValue::integer() const {
  int32_t integer = 0;
  if (value_ != nullptr) napi_get_value_int32(env_, value_, &integer);
  return integer;
}

double JsValue::real() const {
  double real = 0;
  if (value_ != nullptr) napi_get_value_double(env_, value_, &real);
  return real;
}

std::string JsValue::text() const {
  return value_ == nullptr ? "" : to_string(env_, value_);
}

mqtt::Bytes JsValue::bytes() const {
  return value_ == nullptr ? mqtt::Bytes{} : BytesArgument(env_, value_).copy();
}

napi_valuetype JsValue::type() const {
  napi_valuetype type = napi_undefined;
  if (value_ != nullptr) napi_typeof(env_, value_, &type);
  return type;
}

JsValue JsValue::found(napi_status status, napi_value value) const {
  if (status != napi_ok) *failed_ = true;
  return {env_, status == napi_ok ? value : nullptr, *failed_};
}

}  // namespace mqtt_native::node
