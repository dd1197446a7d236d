import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Context, type MeterProvider, type Span, type TracerProvider, trace } from "@opentelemetry/api";
import type {
  ConnectEvent,
  DisconnectEvent,
  MessageReceivedEvent,
  PublishEvent,
  SubscribeEvent,
} from "../diagnostics/events.ts";
import type { Message } from "../incoming/message.ts";
import { Metrics } from "./metrics.ts";
import { Naming } from "./naming.ts";
import { type MqttInstrumentationOptions, validateInstrumentationOptions } from "./options.ts";
import { type Instruments, Recorder } from "./recorder.ts";

const NAME = "mqtt-native/opentelemetry";
const VERSION = "0.1.0";

type Subscriber = (event: unknown) => void;

/**
 * Makes spans and metrics of all clients of the process, by OpenTelemetry's semantic conventions for messaging. It has
 * the shape of `Instrumentation`, so `registerInstrumentations` and `NodeSDK` accept it.
 */
export class MqttInstrumentation {
  /** The name of the tracer and of the meter. */
  readonly instrumentationName: string = NAME;
  /** The version of this package. */
  readonly instrumentationVersion: string = VERSION;
  readonly #recorder: Recorder;
  readonly #subscribers: readonly (readonly [channel: string, Subscriber])[];
  #options: MqttInstrumentationOptions;
  #isEnabled = false;

  /** @throws {TypeError} for wrong options */
  constructor(options: MqttInstrumentationOptions = {}) {
    validateInstrumentationOptions(options);
    this.#options = { ...options };
    this.#recorder = new Recorder(makeInstruments(this.#options));
    this.#subscribers = makeSubscribers(this.#recorder);
    if (options.enabled !== false) this.enable();
  }

  /** Begins to observe, with the providers that are registered now. */
  enable(): void {
    if (this.#isEnabled) return;
    this.#isEnabled = true;
    this.#recorder.instruments = makeInstruments(this.#options);
    for (const [channel, subscriber] of this.#subscribers) subscribe(channel, subscriber);
  }

  /** Observes no longer. Then it costs nothing. */
  disable(): void {
    this.#isEnabled = false;
    for (const [channel, subscriber] of this.#subscribers) unsubscribe(channel, subscriber);
  }

  /** Sets the provider of the tracer, as `registerInstrumentations` does. */
  setTracerProvider(tracerProvider: TracerProvider): void {
    this.setConfig({ ...this.#options, tracerProvider });
  }

  /** Sets the provider of the meter, as `registerInstrumentations` does. */
  setMeterProvider(meterProvider: MeterProvider): void {
    this.setConfig({ ...this.#options, meterProvider });
  }

  /** Returns the options. `enabled` is true while it observes. */
  getConfig(): MqttInstrumentationOptions {
    return { ...this.#options, enabled: this.#isEnabled };
  }

  /**
   * Replaces the options. `enabled` has no effect here.
   * @throws {TypeError} for wrong options
   */
  setConfig(options: MqttInstrumentationOptions): void {
    validateInstrumentationOptions(options);
    this.#options = { ...options };
    this.#recorder.instruments = makeInstruments(this.#options);
  }

  /**
   * Returns the context of a received message, for spans of the program. It has the span of its reception; without one
   * it is the context that the publisher has sent.
   */
  messageContext(message: Message): Context {
    return this.#recorder.messageContext(message);
  }

  /**
   * Calls a function in a span of the kind "process", whose parent is the context of the message. Resolves to the
   * result, and rejects with the error of the function.
   */
  process<T>(message: Message, body: (span: Span) => T | Promise<T>): Promise<T> {
    return this.#recorder.process(message, body);
  }
}

function makeInstruments(options: MqttInstrumentationOptions): Instruments {
  const { tracerProvider = trace, meterProvider, destinationTemplate, propagate = true } = options;
  return {
    tracer: tracerProvider.getTracer(NAME, VERSION),
    metrics: new Metrics(meterProvider, NAME, VERSION),
    naming: new Naming(destinationTemplate),
    propagates: propagate,
  };
}

function makeSubscribers(recorder: Recorder): readonly (readonly [channel: string, Subscriber])[] {
  return [
    ["tracing:mqtt-native:publish:start", (event) => recorder.beginPublish(event as PublishEvent)],
    ["tracing:mqtt-native:publish:asyncEnd", (event) => recorder.endPublish(event as PublishEvent)],
    ["tracing:mqtt-native:connect:start", (event) => recorder.beginConnect(event as ConnectEvent)],
    ["tracing:mqtt-native:connect:asyncEnd", (event) => recorder.endConnect(event as ConnectEvent)],
    ["tracing:mqtt-native:subscribe:start", (event) => recorder.beginSubscribe(event as SubscribeEvent)],
    ["tracing:mqtt-native:subscribe:asyncEnd", (event) => recorder.endSubscribe(event as SubscribeEvent)],
    ["mqtt-native:message", (event) => recorder.onMessage(event as MessageReceivedEvent)],
    ["mqtt-native:disconnect", (event) => recorder.onDisconnect(event as DisconnectEvent)],
  ];
}
