import type { MeterProvider, TracerProvider } from "@opentelemetry/api";

/** The options of `MqttInstrumentation`. */
export interface MqttInstrumentationOptions {
  /** Whether it observes from the beginning. Default: true. */
  enabled?: boolean | undefined;
  /** Default: the global one at the time of `enable`. */
  tracerProvider?: TracerProvider | undefined;
  /** Default: the global one at the time of `enable`. */
  meterProvider?: MeterProvider | undefined;
  /**
   * Returns the template of a topic, such as `plant/{pump}/state`; undefined if it has none. Names of spans and metrics
   * have the template. Without it metrics have no destination, because topics may be many.
   */
  destinationTemplate?: ((topic: string) => string | undefined) | undefined;
  /** MQTT 5: whether publishes carry the trace context in their user properties. Default: true. */
  propagate?: boolean | undefined;
}

const NAMES: Readonly<Record<keyof MqttInstrumentationOptions, true>> = {
  enabled: true,
  tracerProvider: true,
  meterProvider: true,
  destinationTemplate: true,
  propagate: true,
};

/** Throws a `TypeError` for options that do not exist, and for a template that is no function. */
export function validateInstrumentationOptions(options: MqttInstrumentationOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown !== undefined)
    throw new TypeError(`Unknown option ${unknown}: the options are ${Object.keys(NAMES).join(", ")}`);
  const { destinationTemplate } = options;
  if (destinationTemplate !== undefined && typeof destinationTemplate !== "function")
    throw new TypeError("Option destinationTemplate must be a function");
}
