import type { BrokerSettings } from "../options/settings.ts";
import { redirectedTarget, toUrl } from "../transport/connect-target.ts";
import type { ServerReference } from "./server-reference.ts";

/** So many references in a row are followed. */
const MAX_REFERENCES = 8;

/** The addresses of one client, in the order of its next round. */
export class Addresses {
  readonly #addresses: BrokerSettings[];
  /** The place of the address that worked last, or that a reference came from. */
  #place = 0;
  #current: BrokerSettings;
  #references = 0;

  constructor(addresses: readonly [BrokerSettings, ...BrokerSettings[]]) {
    this.#addresses = [...addresses];
    this.#current = addresses[0];
  }

  /** The address in use, or the one that was used last. */
  get current(): BrokerSettings {
    return this.#current;
  }

  /** The places of the next round: one attempt at each. */
  round(): number[] {
    const { length } = this.#addresses;
    return Array.from({ length }, (_, index) => (this.#place + index) % length);
  }

  /** Takes the address at a place into use. */
  use(place: number): BrokerSettings {
    this.#current = this.#addresses[place] ?? this.#current;
    this.#trying = place;
    return this.#current;
  }

  #trying = 0;

  /** The address in use works: the next round begins with it. */
  worked(): void {
    this.#place = this.#trying;
  }

  /** A connection has lasted: later references are not in a row with earlier ones. */
  lasted(): void {
    this.#references = 0;
  }

  /**
   * Takes the broker into use that the one in use refers to. Returns false after too many references in a row, and when
   * the reference cannot be followed.
   */
  follow({ host, port, isPermanent }: ServerReference): boolean {
    if (this.#references >= MAX_REFERENCES) {
      this.#references = 0;
      return false;
    }
    const target = redirectedTarget(this.#current.target, host, port);
    if (target === undefined || toUrl(target) === toUrl(this.#current.target)) return false;
    this.#references++;
    this.#current = { ...this.#current, target };
    if (isPermanent) this.#addresses[this.#trying] = this.#current;
    return true;
  }
}
