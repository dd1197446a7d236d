/** Tells that keepalive is on. The native session sends the pings, also while JavaScript is busy. */
export class KeepaliveManager {
  readonly #client: { readonly keepalive: number };

  constructor(client: { readonly keepalive: number }) {
    this.#client = client;
  }

  /** Milliseconds. */
  get keepalive(): number {
    return this.#client.keepalive * 1000;
  }

  /** Milliseconds after which a silent broker counts as lost. */
  get keepaliveTimeoutTimestamp(): number {
    return Date.now() + this.keepalive * 1.5;
  }

  get intervalEvery(): number {
    return Math.ceil(this.keepalive / 2);
  }

  /** Has no effect. */
  reschedule(): void {}

  /** Has no effect. */
  destroy(): void {}
}
