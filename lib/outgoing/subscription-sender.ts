import type { Connection } from "../connection/connection.ts";
import type { Observer } from "../diagnostics/observer.ts";
import type { NativeSession } from "../native/binding.ts";
import type { Completion } from "../native/event-batch.ts";
import type { Settings } from "../options/settings.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { encodeProperties } from "../packets/properties.ts";
import { decodeSuback, decodeUnsuback } from "../packets/reply.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import type { UnsubscribeProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Operation } from "./pending-operations.ts";
import { decodeSubscribeResult, decodeUnsubscribeResult, type ReasonCodes } from "./results.ts";
import { type GrantedSubscription, SubscriptionRegistry } from "./subscription-registry.ts";
import type { Wanted } from "./subscription-table.ts";

/** The call of a SUBSCRIBE or UNSUBSCRIBE packet. */
interface RequestCall {
  readonly name: string;
  readonly filters: readonly string[];
  readonly limits: CallLimits;
  /** Decodes the answer of the broker. */
  read(completion: Completion): ReasonCodes;
  /** Throws if the broker does not support the call. */
  check(connection: Connection): void;
  send(session: NativeSession, token: number): void;
  /** Remembers the consequences of an answer. */
  note(answer: Buffer | undefined): void;
}

/** A SUBSCRIBE packet. */
export interface SubscribePacket {
  /** One or more. All have the same properties. */
  readonly wanted: readonly Wanted[];
  /** A Subscription Identifier of the client. */
  readonly identifier: number | undefined;
  readonly limits: CallLimits;
  /** Whether the broker has the subscriptions already, so that it must not send retained messages again (MQTT 5). */
  readonly isRepeated: boolean;
  /** Receives the reason codes, one for each filter, also if the call has ended before. */
  readonly onAnswer: (reasonCodes: readonly ReasonCode[]) => void;
}

/** The bits of Retain Handling in the options of a filter, and its value 2: send no retained messages. */
const RETAIN_HANDLING = 0x30;
const RETAIN_NEVER = 0x20;

/** Sends the SUBSCRIBE and UNSUBSCRIBE packets of one client, and remembers what the broker has granted. */
export class SubscriptionSender {
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #observer: Observer;
  /** The granted subscriptions. It stays empty in a client that does not connect again. */
  readonly registry: SubscriptionRegistry = new SubscriptionRegistry();
  /** The calls without an answer, also those that have ended, with the consequence of the answer. */
  readonly #unanswered = new Map<number, (answer: Buffer | undefined) => void>();
  readonly #renews: boolean;

  constructor(settings: Settings, connection: Connection, outgoing: Outgoing, observer: Observer) {
    this.#observer = observer;
    this.#settings = settings;
    this.#connection = connection;
    this.#outgoing = outgoing;
    this.#renews = settings.reconnect !== undefined;
  }

  /** Remembers the consequences of an answer, also if its call has ended before. */
  onCompleted(token: number, completion: Completion): void {
    if (this.#unanswered.size === 0) return;
    const note = this.#unanswered.get(token);
    this.#unanswered.delete(token);
    if (note === undefined || completion.pahoError !== 0) return;
    try {
      note(completion.answer);
    } catch {
      // An answer that cannot be decoded ends the connection elsewhere.
    }
  }

  /** A connection has been made. Calls that ended on an earlier one are not sent again, so no answer comes. */
  onConnected(): void {
    for (const token of this.#unanswered.keys())
      if (!this.#outgoing.has(token)) this.#unanswered.delete(token);
  }

  /** Forgets all subscriptions. */
  clear(): void {
    this.registry.clear();
    this.#unanswered.clear();
  }

  /** Sends a SUBSCRIBE packet. Throws without a connection, or if the broker does not support it. */
  subscribe({ wanted, identifier, limits, isRepeated, onAnswer }: SubscribePacket): Promise<ReasonCodes> {
    const { protocol } = this.#settings;
    const filters = wanted.map(({ filter }) => filter);
    const granted = wanted.map((each) => toGranted(each, identifier));
    const [{ properties, hasIdentifier } = { properties: undefined, hasIdentifier: false }] = granted;
    const options = Uint8Array.from(wanted, (each) =>
      isRepeated ? (each.options & ~RETAIN_HANDLING) | RETAIN_NEVER : each.options,
    );
    const call: RequestCall = {
      name: "subscribe to",
      filters,
      limits,
      read: (completion) => decodeSubscribeResult(completion, filters.length, protocol),
      check: ({ capabilities }) => capabilities.checkSubscribe(filters, properties, hasIdentifier),
      send: (session, token) => session.subscribe(token, filters, options, properties),
      note: (answer) => {
        if (answer === undefined) return;
        const { reasonCodes } = decodeSuback(answer, protocol);
        if (reasonCodes.length !== filters.length) return;
        if (this.#renews) this.registry.add(granted, reasonCodes);
        onAnswer(reasonCodes);
      },
    };
    // A repeated one is the client's own, and not that of a call.
    if (isRepeated) return this.#start(call);
    return this.#observer.subscribe(filters, () => this.#start(call));
  }

  /** Remembers subscriptions that the first connection must make. */
  plan(wanted: readonly Wanted[], identifier: number | undefined): void {
    for (const each of wanted) this.registry.plan(toGranted(each, identifier));
  }

  /** Sends an UNSUBSCRIBE packet. Throws without a connection, or if the broker does not support it. */
  unsubscribe(
    filters: readonly string[],
    properties: UnsubscribeProperties | undefined,
    limits: CallLimits,
  ): Promise<ReasonCodes> {
    const { protocol } = this.#settings;
    const encoded = properties && encodeProperties("unsubscribe", properties);
    return this.#start({
      name: "unsubscribe from",
      filters,
      limits,
      read: (completion) => decodeUnsubscribeResult(completion, filters.length, protocol),
      check: ({ capabilities }) => capabilities.checkUnsubscribe(filters, encoded),
      send: (session, token) => session.unsubscribe(token, filters, encoded),
      note: (answer) => {
        // On 3.x the answer has no codes: it is a success for each filter.
        const hasCodes = protocol === ProtocolVersion.V5 && answer !== undefined;
        const codes = hasCodes ? decodeUnsuback(answer, protocol).reasonCodes : [];
        for (const [index, filter] of filters.entries())
          if (!codes[index]?.isFailure) this.registry.delete(filter);
      },
    });
  }

  /** Throws the error of a call without a connection, unless calls may wait. */
  checkConnection(name: string, filters: readonly string[]): NativeSession {
    return this.#inContext(name, filters, () =>
      this.#connection.sessionFor(this.#settings.whileDisconnected === "wait"),
    );
  }

  #start(call: RequestCall): Promise<ReasonCodes> {
    const { name, filters, limits } = call;
    const session = this.checkConnection(name, filters);
    const operation = this.#operation(call);
    this.#inContext(name, filters, () => operation.check?.());
    return this.#outgoing.start(operation, filters, limits, (token) => {
      this.#unanswered.set(token, call.note);
      call.send(session, token);
      return true;
    });
  }

  /** Makes the operation of a call. An answer that breaks the protocol ends the connection. */
  #operation({ name, read, check }: RequestCall): Operation<ReasonCodes> {
    return {
      name,
      check: () => check(this.#connection),
      read: (completion) => {
        try {
          return read(completion);
        } catch (error) {
          if (error instanceof MqttError && error.code === "PROTOCOL_ERROR")
            this.#connection.violate(error.message);
          throw error;
        }
      },
    };
  }

  /** Adds the description of a call to the errors of `check`. */
  #inContext<T>(name: string, filters: readonly string[], check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      throw inContext(error, callContext(name, filters, this.#connection.broker), false);
    }
  }
}

/** Returns a subscription as the registry keeps it. `identifier`: one of the client. */
function toGranted({ filter, options, properties }: Wanted, identifier?: number): GrantedSubscription {
  const plain = properties && encodeProperties("subscribe", properties);
  if (identifier === undefined) {
    const hasIdentifier = properties?.subscriptionIdentifier !== undefined;
    return { filter, options, properties: plain, hasIdentifier };
  }
  const encoded = encodeProperties("subscribe", { ...properties, subscriptionIdentifier: identifier });
  return { filter, options, properties: encoded, hasIdentifier: true, withoutOwn: { properties: plain } };
}
