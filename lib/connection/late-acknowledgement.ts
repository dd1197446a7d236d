import type { Settings } from "../options/settings.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { Log } from "../util/logger.ts";
import type { SessionHandle } from "./session-handle.ts";

/** Begins late acknowledgement on one client, and logs its limits, each once. */
export class LateAcknowledgement {
  readonly #settings: Settings;
  readonly #handle: SessionHandle;
  readonly #log: Log;
  #hasWarnedOfBound = false;
  #hasWarnedOfSession = false;

  constructor(settings: Settings, handle: SessionHandle, log: Log) {
    this.#settings = settings;
    this.#handle = handle;
    this.#log = log;
  }

  /** A connection has been made. */
  onConnected(): void {
    if (this.#settings.acknowledge !== "received") this.#warnOfSession();
  }

  /** A stream acknowledges late. From now on the client acknowledges messages, rather than the native session. */
  onStream(): void {
    this.#handle.defer();
    this.#warnOfSession();
    const { acknowledge, receiveMaximum, protocol } = this.#settings;
    if (acknowledge !== "received" || receiveMaximum !== undefined || this.#hasWarnedOfBound) return;
    if (protocol !== ProtocolVersion.V5) return;
    this.#hasWarnedOfBound = true;
    this.#log.warn(
      "A stream acknowledges late on a client without receiveMaximum: the broker may send 65535 messages ahead.",
    );
  }

  /** Without a session that outlives the process, late acknowledgement is back-pressure only. */
  #warnOfSession(): void {
    if (this.#hasWarnedOfSession) return;
    this.#hasWarnedOfSession = true;
    const { protocol, clean, identifier, endsSession, properties } = this.#settings;
    const expiry = endsSession ? 0 : (properties?.sessionExpiryInterval ?? 0);
    const outlives = protocol === ProtocolVersion.V5 ? clean === false && expiry > 0 : !clean;
    if (outlives && identifier !== "") return;
    this.#log.warn(
      "Messages are acknowledged late, but the session does not outlive the process: unacknowledged messages are lost with it.",
    );
  }
}
