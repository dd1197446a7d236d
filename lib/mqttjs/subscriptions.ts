import type { IClientSubscribeOptions } from "./types.ts";

/** The subscriptions that a client makes again on a new session. */
export class RememberedSubscriptions {
  #topics = new Map<string, IClientSubscribeOptions>();

  get size(): number {
    return this.#topics.size;
  }

  /** Whether a filter is subscribed with this QoS or a higher one. */
  covers(topic: string, qos: number): boolean {
    const known = this.#topics.get(topic);
    return known !== undefined && !(known.qos < qos);
  }

  set(topic: string, options: IClientSubscribeOptions): void {
    this.#topics.set(topic, options);
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
  }

  clear(): void {
    this.#topics.clear();
  }

  entries(): [string, IClientSubscribeOptions][] {
    return [...this.#topics];
  }
}
