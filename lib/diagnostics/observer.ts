import type { Message } from "../incoming/message.ts";
import type { Payload } from "../packets/payload.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { PublishProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { ConnectionInfo, PublishResult, ReasonCodes } from "../protocol/results.ts";
import { Topic } from "../protocol/topic.ts";
import {
  begin,
  CONNECT,
  DISCONNECT,
  fail,
  isObserved,
  MESSAGE,
  PUBLISH,
  SUBSCRIBE,
  succeed,
  traceCall,
} from "./channels.ts";
import { Counters } from "./counters.ts";
import type {
  ConnectEvent,
  DisconnectEvent,
  MessageReceivedEvent,
  ObservedClient,
  PublishEvent,
  SubscribeEvent,
} from "./events.ts";

/** The options of a publish that its event shows. */
interface PublishView {
  qos?: 0 | 1 | 2 | undefined;
  retain?: boolean | undefined;
  properties?: PublishProperties | undefined;
}

/** Counts what one client does, and publishes its events to the diagnostics channels while anyone has subscribed. */
export class Observer {
  readonly counters: Counters = new Counters();
  readonly #received = this.counters.received;
  readonly #client: ObservedClient;
  readonly #protocol: ProtocolVersion;
  /** The attempt to connect that has no result yet. */
  #attempt: ConnectEvent | undefined;

  constructor(client: ObservedClient, protocol: ProtocolVersion) {
    this.#client = client;
    this.#protocol = protocol;
  }

  /** An attempt to connect begins. */
  onAttempt(isReconnect: boolean): void {
    if (!isObserved(CONNECT)) return;
    const { broker } = this.#client;
    this.#attempt = { client: this.#client, broker, isReconnect };
    begin(CONNECT, this.#attempt);
  }

  /** The broker has accepted the connection of the attempt. */
  onAccepted(info: ConnectionInfo, isReconnect: boolean): void {
    if (isReconnect) this.counters.reconnects++;
    const event = this.#attempt;
    this.#attempt = undefined;
    if (event !== undefined) succeed(CONNECT, event, info);
  }

  /** The attempt has failed. An attempt whose connection was accepted has ended before. */
  onAttemptFailed(error: unknown): void {
    const event = this.#attempt;
    this.#attempt = undefined;
    if (event !== undefined) fail(CONNECT, event, error);
  }

  /** A connection has ended. Undefined: by `disconnect`. */
  onDisconnected(error: MqttError | undefined): void {
    if (!DISCONNECT.hasSubscribers) return;
    const event: DisconnectEvent = { client: this.#client, broker: this.#client.broker, error };
    DISCONNECT.publish(event);
  }

  /** A message has arrived. */
  onMessage(message: Message): void {
    if (message.qos === 0) this.#received.qos0++;
    else this.#received.count(message.qos);
    if (MESSAGE.hasSubscribers) this.#publishMessage(message);
  }

  // A method of its own, so that `onMessage` is small enough for V8 to inline it.
  #publishMessage(message: Message): void {
    const event: MessageReceivedEvent = { client: this.#client, protocol: this.#protocol, message };
    MESSAGE.publish(event);
  }

  /** Whether anyone observes calls of `publish`. */
  get wantsPublishes(): boolean {
    return isObserved(PUBLISH);
  }

  /** Traces a call of `publish`. `call` gets the options, with the properties that subscribers have assigned. */
  publish<Options extends PublishView>(
    topic: string | Topic,
    payload: Payload,
    options: Options,
    call: (options: Options) => Promise<PublishResult>,
  ): Promise<PublishResult> {
    // The arguments have not been checked yet, so they may be anything.
    const given: PublishView = typeof options === "object" && options !== null ? options : {};
    const { qos = 0, retain = false, properties } = given;
    const name = typeof topic === "string" ? topic : topic instanceof Topic ? topic.value : "";
    const event: PublishEvent = {
      ...{ client: this.#client, protocol: this.#protocol },
      ...{ topic: name, payload, qos, retain, properties },
    };
    return traceCall(PUBLISH, event, () =>
      call(event.properties === properties ? options : { ...options, properties: event.properties }),
    );
  }

  /** Makes a call that sends a SUBSCRIBE packet, and traces it if anyone observes such calls. */
  subscribe(filters: readonly string[], call: () => Promise<ReasonCodes>): Promise<ReasonCodes> {
    if (!isObserved(SUBSCRIBE)) return call();
    const event: SubscribeEvent = { client: this.#client, filters };
    return traceCall(SUBSCRIBE, event, call);
  }
}
