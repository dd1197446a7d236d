import type { ReasonCode } from "../protocol/reason-code.ts";

/** A subscription that the broker has granted. */
export interface GrantedSubscription {
  readonly filter: string;
  /** The byte of the requested options (MQTT 5, section 3.8.3.1). */
  readonly options: number;
  /** The properties of its SUBSCRIBE, encoded: the identifier and the user properties. */
  readonly properties: Buffer | undefined;
  /** Whether these have a Subscription Identifier. */
  readonly hasIdentifier: boolean;
  /** The properties without the identifier, if that is the client's own. A broker may not support identifiers. */
  readonly withoutOwn?: { readonly properties: Buffer | undefined } | undefined;
}

/** The subscriptions of one client, as they were requested and granted. */
export class SubscriptionRegistry {
  readonly #granted = new Map<string, GrantedSubscription>();
  /** The filters that have not been sent to a broker. */
  readonly #planned = new Set<string>();

  get size(): number {
    return this.#granted.size;
  }

  /** Returns all subscriptions, in the order in which they were granted. */
  all(): GrantedSubscription[] {
    return [...this.#granted.values()];
  }

  has(filter: string): boolean {
    return this.#granted.has(filter);
  }

  /** Remembers a subscription that the next connection must make. */
  plan(subscription: GrantedSubscription): void {
    this.#granted.set(subscription.filter, subscription);
    this.#planned.add(subscription.filter);
  }

  /** Whether no broker has granted a subscription. */
  isPlanned(filter: string): boolean {
    return this.#planned.has(filter);
  }

  /** The broker has granted a planned subscription. */
  onMade(filter: string): void {
    this.#planned.delete(filter);
  }

  /** Remembers the subscriptions that an answer grants. Their reason codes are in the same order. */
  add(subscriptions: readonly GrantedSubscription[], reasonCodes: readonly ReasonCode[]): void {
    for (const [index, subscription] of subscriptions.entries()) {
      if (reasonCodes[index]?.isFailure ?? true) continue;
      // A replaced subscription takes its new place in the order.
      this.delete(subscription.filter);
      this.#granted.set(subscription.filter, subscription);
    }
  }

  /** Forgets a subscription. */
  delete(filter: string): void {
    this.#granted.delete(filter);
    this.#planned.delete(filter);
  }

  /** Forgets all subscriptions. */
  clear(): void {
    this.#granted.clear();
    this.#planned.clear();
  }
}
