import { Duplex } from "node:stream";

/**
 * The connection as MQTT.js shows it: an object to end the connection with. Its bytes stay in the addon, so reading and
 * writing are errors.
 */
export class ConnectionStream extends Duplex {
  readonly #abort: () => void;
  #isClosed = false;

  /** `abort`: ends the connection. */
  constructor(abort: () => void) {
    super({ autoDestroy: false, emitClose: false });
    this.#abort = abort;
    // Half a connection is none.
    this.once("finish", () => this.destroy());
    this.setMaxListeners(0);
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, callback: (error?: Error) => void): void {
    callback(new Error("The stream of this client cannot be written to: its bytes are in the addon"));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isClosed) this.#abort();
    callback(error);
  }

  /** Has no effect: Nagle's algorithm is off. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** Has no effect: keepalive probes are on. */
  setKeepAlive(_enable?: boolean, _initialDelay?: number): this {
    return this;
  }

  /** The connection has ended. */
  onConnectionEnd(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.destroy();
    this.emit("close");
  }
}
