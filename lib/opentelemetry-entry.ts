// `mqtt-native/opentelemetry`: spans and metrics of the clients. It needs `@opentelemetry/api`, and loads no addon.

export { MqttInstrumentation } from "./opentelemetry/instrumentation.ts";
export type { MqttInstrumentationOptions } from "./opentelemetry/options.ts";
