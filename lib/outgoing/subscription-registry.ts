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
}

/** The subscriptions of one client, as they were requested and granted. */
export class SubscriptionRegistry {
  readonly #granted = new Map<string, GrantedSubscription>();

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

  /** Remembers the subscriptions that an answer grants. Their reason codes are in the same order. */
  add(subscriptions: readonly GrantedSubscription[], reasonCodes: readonly ReasonCode[]): void {
    for (const [index, subscription] of subscriptions.entries()) {
      if (reasonCodes[index]?.isFailure ?? true) continue;
      // A replaced subscription takes its new place in the order.
      this.#granted.delete(subscription.filter);
      this.#granted.set(subscription.filter, subscription);
    }
  }

  /** Forgets a subscription. */
  delete(filter: string): void {
    this.#granted.delete(filter);
  }

  /** Forgets all subscriptions. */
  clear(): void {
    this.#granted.clear();
  }
}
