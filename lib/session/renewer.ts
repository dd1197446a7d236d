import type { Capabilities } from "../connection/capabilities.ts";
import type { NativeSession } from "../native/binding.ts";
import type { Completion } from "../native/event-batch.ts";
import type { GrantedSubscription, SubscriptionRegistry } from "../outgoing/subscription-registry.ts";
import { decodeSuback } from "../packets/reply.ts";
import { MqttCodeError } from "../protocol/errors.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer } from "../util/duration.ts";
import type { Log } from "../util/logger.ts";
import { clearTimeout } from "../util/timers.ts";
import type { RefusedSubscription } from "./connection-events.ts";
import { packRenewals } from "./renewal-packets.ts";

/** The refusals after which a subscription is forgotten: no later attempt would succeed. */
const FINAL_REFUSALS = new Set([0x8f, 0x9e, 0xa1, 0xa2]);
const PACKET_TOO_LARGE = 0x95;
/** The bits of Retain Handling in the options of a filter (MQTT 5, section 3.8.3.1), and its value 1. */
const RETAIN_HANDLING = 0x30;
const RETAIN_ONLY_IF_NEW = 0x10;

/** The surroundings of a `Renewer`. */
export interface RenewerHost {
  readonly protocol: ProtocolVersion;
  readonly registry: SubscriptionRegistry;
  readonly log: Log;
  nextToken(): number;
  /** Returns seconds until refused subscriptions are tried again. */
  delay(): number;
  /** The broker has granted or refused a subscription. `isFinal`: it is forgotten. */
  onAnswer(filter: string, reasonCode: ReasonCode, isFinal: boolean): void;
  /** An answer breaks the protocol. */
  violate(what: string): void;
}

/**
 * The subscriptions that a new connection lacks: all of them, or only those that were refused or never made. With
 * `"shared"` the broker may have them already, so it sends no retained messages again.
 */
export type RenewalScope = "all" | "shared" | "missing";

/** The renewals of one connection. */
interface Renewal {
  readonly session: NativeSession;
  readonly capabilities: Capabilities;
  readonly refused: RefusedSubscription[];
  readonly done: Deferred<readonly RefusedSubscription[]>;
}

/** Renews the subscriptions of one client on new connections. */
export class Renewer {
  readonly #host: RenewerHost;
  readonly #unanswered = new Map<number, readonly GrantedSubscription[]>();
  /** The remembered filters that the broker refused last. No session has them. */
  readonly #missing = new Set<string>();
  #renewal: Renewal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: RenewerHost) {
    this.#host = host;
  }

  /**
   * Sends SUBSCRIBE packets for the subscriptions that a new connection lacks. Resolves to the refused ones when all
   * answers are there. Returns undefined if it lacks none.
   */
  begin(
    session: NativeSession,
    capabilities: Capabilities,
    scope: RenewalScope,
  ): Promise<readonly RefusedSubscription[]> | undefined {
    const lacking = this.#subscriptionsFor(scope);
    if (lacking.length === 0) return undefined;
    const renewal = { session, capabilities, refused: [], done: deferred<readonly RefusedSubscription[]>() };
    this.#renewal = renewal;
    this.#send(renewal, lacking);
    this.#finish(renewal);
    return renewal.done.promise;
  }

  /** Takes the answer to a renewal. Returns false if the token is not one of a renewal. */
  onCompleted(token: number, completion: Completion): boolean {
    const subscriptions = this.#unanswered.get(token);
    if (subscriptions === undefined) return false;
    this.#unanswered.delete(token);
    const renewal = this.#renewal;
    if (renewal === undefined || completion.answer === undefined) return true;
    const codes = this.#readCodes(completion.answer, subscriptions.length);
    if (codes === undefined) return true;
    for (const [index, subscription] of subscriptions.entries()) {
      const code = codes[index];
      if (code?.isFailure) this.#refuse(renewal, subscription, code);
      else if (code !== undefined) this.#grant(subscription, code);
    }
    this.#finish(renewal);
    return true;
  }

  /** The connection has ended. Its renewals reject with the error. */
  end(error: unknown): void {
    clearTimeout(this.#timer);
    this.#unanswered.clear();
    this.#renewal?.done.promise.catch(() => {});
    this.#renewal?.done.reject(error);
    this.#renewal = undefined;
  }

  /** Forgets the refusals, as all subscriptions are forgotten. */
  clear(): void {
    this.#missing.clear();
  }

  #subscriptionsFor(scope: RenewalScope): GrantedSubscription[] {
    const { registry } = this.#host;
    const all = registry.all();
    if (scope === "missing")
      return all.filter(({ filter }) => this.#missing.has(filter) || registry.isPlanned(filter));
    const hasRetainHandling = this.#host.protocol === ProtocolVersion.V5;
    return scope === "shared" && hasRetainHandling ? all.map(withoutRepeatedRetained) : all;
  }

  #send(renewal: Renewal, subscriptions: readonly GrantedSubscription[]): void {
    const { session, capabilities } = renewal;
    const possible = subscriptions
      .map((subscription) => withSupported(subscription, capabilities))
      .filter((subscription) => this.#isPossible(renewal, subscription));
    const { packets, tooLarge } = packRenewals(possible, capabilities.maximumPacketSize);
    for (const subscription of tooLarge)
      this.#refuse(renewal, subscription, ReasonCode.of(PACKET_TOO_LARGE, "suback"));
    for (const packet of packets) {
      const token = this.#host.nextToken();
      const filters = packet.subscriptions.map(({ filter }) => filter);
      const options = Uint8Array.from(packet.subscriptions, (each) => each.options);
      this.#unanswered.set(token, packet.subscriptions);
      session.renew(token, filters, options, packet.properties);
    }
    session.flush();
  }

  /** Whether the broker supports a subscription, by its CONNACK. Refuses it otherwise. */
  #isPossible(renewal: Renewal, subscription: GrantedSubscription): boolean {
    const { filter, properties, hasIdentifier } = subscription;
    try {
      renewal.capabilities.checkSubscribe([filter], properties, hasIdentifier);
      return true;
    } catch (error) {
      if (!(error instanceof MqttCodeError)) throw error;
      this.#refuse(renewal, subscription, error.reasonCode);
      return false;
    }
  }

  #readCodes(answer: Buffer, expected: number): ReasonCode[] | undefined {
    try {
      const { reasonCodes } = decodeSuback(answer, this.#host.protocol);
      if (reasonCodes.length === expected) return reasonCodes;
      this.#host.violate(`The broker answered ${expected} filters with ${reasonCodes.length} reason codes`);
    } catch {
      this.#host.violate("The broker sent a malformed SUBACK");
    }
    return undefined;
  }

  #grant({ filter }: GrantedSubscription, reasonCode: ReasonCode): void {
    const { registry } = this.#host;
    if (!registry.has(filter)) return; // unsubscribed meanwhile
    registry.onMade(filter);
    this.#missing.delete(filter);
    this.#host.onAnswer(filter, reasonCode, false);
  }

  #refuse({ refused }: Renewal, { filter }: GrantedSubscription, reasonCode: ReasonCode): void {
    const { registry, log } = this.#host;
    if (!registry.has(filter)) return; // unsubscribed meanwhile
    const isNew = registry.isPlanned(filter);
    const isFinal = isNew || FINAL_REFUSALS.has(reasonCode.value);
    if (isFinal) registry.delete(filter);
    else this.#missing.add(filter);
    if (!isNew) refused.push({ filter, reasonCode });
    this.#host.onAnswer(filter, reasonCode, isFinal);
    const outcome = isFinal ? "It is forgotten." : "It will be tried again.";
    log.warn(
      `The broker refused ${isNew ? "" : "to renew "}the subscription ${filter}: ${reasonCode}. ${outcome}`,
    );
  }

  /** Reports the end of the renewals when all answers are there, and schedules refused ones. */
  #finish(renewal: Renewal): void {
    if (this.#unanswered.size > 0) return;
    const refused = renewal.refused.splice(0);
    renewal.done.resolve(refused);
    const { registry } = this.#host;
    if (!refused.some(({ filter }) => registry.has(filter))) return;
    this.#timer = startTimer(this.#host.delay(), () => {
      const names = new Set(refused.map(({ filter }) => filter));
      this.#send(
        renewal,
        registry.all().filter(({ filter }) => names.has(filter)),
      );
      this.#finish(renewal);
    })?.unref();
  }
}

/** Returns a subscription without an identifier of the client, if the broker does not support identifiers. */
function withSupported(subscription: GrantedSubscription, capabilities: Capabilities): GrantedSubscription {
  const { withoutOwn } = subscription;
  if (withoutOwn === undefined || capabilities.hasIdentifiers) return subscription;
  return { ...subscription, properties: withoutOwn.properties, hasIdentifier: false };
}

function withoutRepeatedRetained(subscription: GrantedSubscription): GrantedSubscription {
  const { options } = subscription;
  if ((options & RETAIN_HANDLING) !== 0) return subscription;
  return { ...subscription, options: options | RETAIN_ONLY_IF_NEW };
}
