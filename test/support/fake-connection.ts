import type { Connection, ConnectOptions } from "../../lib/connection/connection.ts";
import type { ConnectionInfo } from "../../lib/connection/reports.ts";
import type { FirstWritten } from "../../lib/connection/session-handle.ts";
import type { MqttError as MqttErrorType } from "../../lib/index.ts";
import { MqttError, ReasonCode } from "../../lib/index.ts";
import { type Deferred, deferred } from "../../lib/util/deferred.ts";

/** The connection of a supervisor in a test. The test decides how attempts end. */
export class FakeConnection {
  state: "idle" | "connecting" | "connected" | "disconnecting" = "idle";
  broker = "";
  queuesCalls = false;
  info: ConnectionInfo | undefined;
  /** The attempts so far. */
  readonly attempts: (ConnectOptions & { broker: string })[] = [];
  readonly aborts: string[] = [];
  readonly handle = {
    firstWritten: { token: -1, acknowledged: false, age: 0 } as FirstWritten,
    session: undefined,
    ref: (): void => {},
  };
  onConnected: (info: ConnectionInfo) => void = () => {};
  onEnd: (error: MqttErrorType | undefined) => void = () => {};
  #attempt: Deferred<void> | undefined;
  #ended: Deferred<MqttErrorType | undefined> = deferred();
  #next: Deferred<void> = deferred();

  /** This object as a supervisor needs it. */
  get asConnection(): Connection {
    return this as unknown as Connection;
  }

  get ended(): Promise<MqttErrorType | undefined> {
    return this.#ended.promise;
  }

  notConnected(): MqttErrorType {
    return new MqttError("The client is not connected", { code: "NOT_CONNECTED" });
  }

  connect(options: ConnectOptions): Promise<void> {
    this.state = "connecting";
    this.attempts.push({ ...options, broker: this.broker });
    this.#attempt = deferred();
    this.#next.resolve();
    return this.#attempt.promise;
  }

  /** Resolves when there is an attempt that has not ended. */
  async attempt(): Promise<void> {
    while (this.state !== "connecting") {
      this.#next = deferred();
      await this.#next.promise;
    }
  }

  /** The attempt succeeds. */
  accept(sessionPresent = false): void {
    this.state = "connected";
    this.info = { sessionPresent, reasonCode: ReasonCode.of(0), properties: undefined };
    this.#ended = deferred();
    this.onConnected(this.info);
    this.#attempt?.resolve();
  }

  /** The attempt fails. */
  fail(error: MqttErrorType): void {
    this.state = "idle";
    this.#attempt?.reject(error);
  }

  /** The connection ends. */
  lose(error: MqttErrorType | undefined): void {
    this.state = "idle";
    this.onEnd(error);
    this.#ended.resolve(error);
  }

  abort(code: string, text: string): void {
    this.aborts.push(code);
    const error = new MqttError(text, { code });
    if (this.state === "connecting") this.fail(error);
    else if (this.state === "connected") this.lose(error);
  }

  beginDisconnect(): void {
    this.state = "disconnecting";
  }

  async finish(): Promise<void> {
    if (this.state === "disconnecting") this.lose(undefined);
  }
}
