import { Readable } from "node:stream";
import type { Packet } from "./packets.ts";
import type { DoneCallback } from "./shared.ts";

export interface IStoreOptions {
  /** Whether `close` drops the packets. Default: true. */
  clean?: boolean;
}

export type StorePacketCallback = (error?: Error, packet?: Packet) => void;

/** A store of packets by their identifiers, in the order of `put`. */
export interface IStore {
  put(packet: Packet, cb: DoneCallback): IStore;
  createStream(): Readable;
  del(packet: Pick<Packet, "messageId">, cb: StorePacketCallback): IStore;
  get(packet: Pick<Packet, "messageId">, cb: StorePacketCallback): IStore;
  close(cb: DoneCallback): void;
}

/** A store in memory. */
export class Store implements IStore {
  readonly #clean: boolean;
  readonly #packets = new Map<number | undefined, Packet>();

  constructor(options: IStoreOptions = {}) {
    this.#clean = options.clean ?? true;
  }

  /** Adds a packet, or replaces the one with the same identifier. */
  put(packet: Packet, cb?: DoneCallback): this {
    this.#packets.set(packet.messageId, packet);
    cb?.();
    return this;
  }

  /** Returns a stream of the packets that are in the store now. */
  createStream(): Readable {
    return Readable.from([...this.#packets.values()]);
  }

  /** Removes a packet, and calls back with it. */
  del(packet: Pick<Packet, "messageId">, cb?: StorePacketCallback): this {
    const found = this.#packets.get(packet.messageId);
    this.#packets.delete(packet.messageId);
    answer(found, cb);
    return this;
  }

  get(packet: Pick<Packet, "messageId">, cb?: StorePacketCallback): this {
    answer(this.#packets.get(packet.messageId), cb);
    return this;
  }

  close(cb?: DoneCallback): void {
    if (this.#clean) this.#packets.clear();
    cb?.();
  }
}

function answer(found: Packet | undefined, cb: StorePacketCallback | undefined): void {
  if (found === undefined) cb?.(new Error("missing packet"));
  else (cb as ((error: null, packet: Packet) => void) | undefined)?.(null, found);
}
