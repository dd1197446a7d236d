import type { Connection } from "../connection/connection.ts";
import type { ConnectionInfo } from "../connection/reports.ts";
import type { Settings } from "../options/settings.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { inContext, MqttError, MqttReentrantError } from "../protocol/errors.ts";
import { abortReason, onAbort, throwIfAborted } from "../util/abort.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import type { Log } from "../util/logger.ts";
import { now } from "../util/timers.ts";
import { type AttemptListener, Attempts, type Renewals } from "./attempts.ts";
import { ConnectionEvents, type ConnectionState, type RefusedSubscription } from "./connection-events.ts";
import { Cycle } from "./cycle.ts";
import type { Disconnector } from "./disconnector.ts";
import { OPTION_FAILED, severityOfLoss } from "./failures.ts";
import { PublishGuard } from "./publish-guard.ts";
import { Readiness } from "./readiness.ts";
import { type Decision, RetryPolicy } from "./retry-policy.ts";

/** The parts of a client that follow its connections. */
export interface SupervisorListener {
  /** The program connects a client that reconnects. Calls wait from now on. */
  onConnecting(): void;
  /** The connection is lost, and another one is being made. */
  onInterrupted(error: MqttError): void;
  /** There is a connection. Returns the renewals of its subscriptions; undefined if there are none. */
  onConnected(info: ConnectionInfo, isElsewhere: boolean): Renewals | undefined;
  /** This call ends connections, so it must be given up. */
  onGuilty(token: number, error: MqttError): void;
  /** There is no connection, and none is being made. Undefined: the program has disconnected. */
  onEnd(error: MqttError | undefined): void;
}

/** Makes the connections of one client, and decides after each failure whether there is another attempt. */
export class Supervisor {
  readonly events: ConnectionEvents = new ConnectionEvents();
  readonly readiness: Readiness = new Readiness();
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #disconnector: Disconnector;
  readonly #listener: SupervisorListener;
  readonly #log: Log;
  /** Undefined: a lost connection ends the client. */
  readonly #policy: RetryPolicy | undefined;
  readonly #guard = new PublishGuard();
  readonly #attempts: Attempts;
  #state: ConnectionState = "disconnected";
  /** The attempts under way. */
  #cycle: Cycle | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #connectedAt = 0;
  #closed: Deferred<MqttError | undefined> = deferred();
  #refed = true;
  /** Whether the listener knows the end already. */
  #isTold = false;

  constructor(
    settings: Settings,
    connection: Connection,
    disconnector: Disconnector,
    listener: SupervisorListener,
    log: Log,
    attemptListener?: AttemptListener,
  ) {
    this.#settings = settings;
    this.#connection = connection;
    this.#disconnector = disconnector;
    this.#listener = listener;
    this.#log = log;
    this.#policy = settings.reconnect && new RetryPolicy(settings.reconnect);
    this.#attempts = new Attempts(settings, connection, log, attemptListener);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The address in use, as a URL without credentials. */
  get broker(): string {
    return this.#attempts.broker;
  }

  /** Resolves when the client has no connection and makes none. */
  get closed(): Promise<MqttError | undefined> {
    return this.#policy === undefined ? this.#connection.ended : this.#closed.promise;
  }

  /** Connects. Tries again after failures, if the client reconnects. */
  async connect(limits: CallLimits): Promise<void> {
    const { signal } = limits;
    if (this.#state !== "disconnected")
      throw new MqttReentrantError(`connect, ${this.#connection.broker}, ${this.#state}`);
    throwIfAborted(signal);
    const cycle = this.#begin(this.#connectLimit(limits));
    const giveUp = () => this.#cancel(cycle, abortedError(), "The attempt to connect was given up");
    const forget = signal && onAbort(signal, giveUp);
    try {
      const running = this.#run(cycle, this.#attempts.round(cycle, this.#hasConnected));
      this.#running = running.catch(() => {});
      await running;
    } catch (error) {
      const failure = error instanceof MqttError ? error : internalError(error);
      this.#failed(failure);
      if (signal?.aborted) throw abortReason(signal);
      if (failure.code === OPTION_FAILED) throw failure.cause;
      // Made here, its stack names the caller.
      throw inContext(failure, this.#attempts.errorContext(failure, cycle));
    } finally {
      forget?.();
    }
  }

  /** Disconnects, in any state. */
  async disconnect(packet: Buffer, timeout: number | undefined, defaultTimeout: number): Promise<void> {
    if (this.#state === "connected") {
      this.#state = "disconnecting";
      this.#connection.queuesCalls = false;
      return this.#disconnector.begin(packet, timeout ?? defaultTimeout);
    }
    if (this.#cycle !== undefined) return this.#giveUp(this.#cycle, packet);
    if (timeout !== undefined) this.#disconnector.shorten(timeout);
    return this.#disconnector.current;
  }

  /** Sets whether the client keeps the process alive. */
  ref(refed: boolean): void {
    this.#refed = refed;
    this.#connection.handle.ref(refed);
    this.#cycle?.ref(refed);
  }

  // ---- events of the connection ----

  /** The broker has accepted a connection. */
  onConnected(info: ConnectionInfo): void {
    const { isElsewhere } = this.#attempts;
    this.#attempts.onConnected();
    if (this.#cycle?.isCancelled) return; // the connection has been aborted
    this.#attempts.renewals = this.#listener.onConnected(info, isElsewhere);
    if (this.#attempts.renewals === undefined) this.#established([]);
  }

  /** A connection has ended. Undefined: by `disconnect`. */
  onConnectionEnd(error: MqttError | undefined): void {
    if (this.#policy !== undefined && error !== undefined) this.#examine(error);
    if (this.#cycle !== undefined) {
      // Its subscriptions were not renewed, or it was aborted: the attempt has failed.
      this.#attempts.loss = error;
      if (error !== undefined) this.#interrupted(error);
      if (this.#state !== "disconnecting") return;
    }
    if (this.#policy === undefined || error === undefined || this.#state === "disconnecting")
      this.#end(error);
    else this.#reconnect(this.#policy, error);
  }

  /** The connection of a failed attempt has ended. It may have accepted calls, which only reconnecting continues. */
  #interrupted(error: MqttError): void {
    if (this.#policy === undefined) this.#listener.onEnd(error);
    else this.#listener.onInterrupted(error);
  }

  get #hasConnected(): boolean {
    return this.#connection.info !== undefined;
  }

  /** Seconds for `connect`. A client that reconnects, or has several brokers, has time for a round. */
  #connectLimit({ timeout, isDefault }: CallLimits): number {
    const { addresses, connectTimeout } = this.#settings;
    const isOneAttempt = this.#policy === undefined && addresses.length === 1;
    if (!isDefault || isOneAttempt || connectTimeout === undefined) return timeout;
    return connectTimeout * addresses.length;
  }

  #begin(limit: number): Cycle {
    this.#state = "connecting";
    this.readiness.begin();
    const cycle = this.#newCycle(limit);
    if (this.#policy === undefined) return cycle;
    this.#policy.begin();
    this.#guard.reset();
    this.#closed = deferred();
    this.#connection.queuesCalls = true;
    this.#isTold = false;
    this.#listener.onConnecting();
    return cycle;
  }

  #newCycle(limit: number): Cycle {
    this.#cycle = new Cycle(limit, this.#refed);
    return this.#cycle;
  }

  /** Makes rounds until there is a connection. Throws the error of the client's end. `first`: the first round. */
  async #run(cycle: Cycle, first: ReturnType<Attempts["round"]>): Promise<void> {
    let failure: MqttError | undefined;
    for (let round = first; ; round = this.#attempts.round(cycle, this.#hasConnected)) {
      const result = await round;
      if (!("error" in result)) {
        // A connection without renewals has been established before.
        if (this.#cycle === cycle) this.#established(result.refused);
        return;
      }
      const { error, severity } = result;
      if (this.#policy === undefined) throw error;
      const decision = this.#policy.afterRound(error, severity, this.#hasConnected);
      if ("end" in decision) throw decision.end;
      // The end of the time may cut an attempt short. The failure before it says more.
      if (failure === undefined || error.code !== "TIMEOUT" || !cycle.isOver) failure = error;
      await this.#wait(cycle, this.#policy, decision.delay, failure);
    }
  }

  /** Waits until the next round. Throws if the time of `connect` ends before. */
  async #wait(cycle: Cycle, policy: RetryPolicy, delay: number, error: MqttError): Promise<void> {
    cycle.throwIfCancelled();
    const { remaining } = cycle;
    const isInTime = delay < remaining;
    if (isInTime) {
      this.#log.info(`Connecting to ${this.#connection.broker} again in ${delay.toFixed(2)} s`);
      this.events.emit({ state: "reconnecting", error, attempt: policy.attempt, delay });
    }
    await cycle.sleep(Math.min(delay, remaining));
    if (isInTime) return;
    throw new MqttError("Operation timed out", { code: "TIMEOUT", cause: error });
  }

  #established(refused: readonly RefusedSubscription[]): void {
    const cycle = this.#cycle;
    const { info } = this.#connection;
    this.#cycle = undefined;
    this.#state = "connected";
    this.#connectedAt = now();
    this.#attempts.addresses.worked();
    this.#policy?.onConnected();
    this.events.emit({
      state: "connected",
      sessionPresent: info?.sessionPresent ?? false,
      attempt: this.#policy?.attempt ?? 1,
      outage: cycle?.elapsed ?? 0,
      refused,
    });
    this.readiness.ready();
  }

  #reconnect(policy: RetryPolicy, error: MqttError): void {
    this.#state = "reconnecting";
    this.readiness.interrupt();
    this.#listener.onInterrupted(error);
    const cycle = this.#newCycle(Number.POSITIVE_INFINITY);
    this.#running = this.#runAfterLoss(cycle, policy, error).catch((failure: unknown) => {
      if (!cycle.isCancelled) this.#end(failure instanceof MqttError ? failure : internalError(failure));
    });
  }

  async #runAfterLoss(cycle: Cycle, policy: RetryPolicy, error: MqttError): Promise<void> {
    const lasted = (now() - this.#connectedAt) / 1000;
    if (lasted >= (this.#settings.reconnect?.resetAfter ?? 0)) this.#attempts.addresses.lasted();
    const isReferred = this.#attempts.follow(error);
    const decision: Decision = isReferred
      ? policy.afterReference()
      : policy.afterLoss(error, severityOfLoss(error), lasted);
    if ("end" in decision) throw decision.end;
    await this.#wait(cycle, policy, decision.delay, error);
    const first = isReferred ? this.#attempts.here(cycle, true) : this.#attempts.round(cycle, true);
    return this.#run(cycle, first);
  }

  /** Finds out whether a call has ended the connection. */
  #examine(error: MqttError): void {
    const verdict = this.#guard.onEnd(this.#connection.handle.firstWritten);
    if (typeof verdict === "object") {
      this.#listener.onGuilty(verdict.reject, error);
      this.#attempts.needsNewSession = true;
    }
    this.#attempts.repeatsOneByOne = this.#guard.isOneByOne;
  }

  /** Cancels the attempts under way. */
  #cancel(cycle: Cycle, error: MqttError, text: string): void {
    cycle.cancel(error);
    this.#connection.abort("ABORTED", text);
  }

  /** Ends the attempts under way because the program disconnects. */
  async #giveUp(cycle: Cycle, packet: Buffer): Promise<void> {
    this.#connection.queuesCalls = false;
    if (this.#connection.state === "connected") {
      // Its subscriptions are being renewed.
      this.#connection.beginDisconnect();
      this.#state = "disconnecting";
      cycle.cancel(abortedError());
      await this.#connection.finish(packet);
      await this.#running;
      return;
    }
    if (this.#state === "reconnecting") this.#state = "disconnecting";
    if (this.#policy !== undefined) this.#tell(undefined);
    this.#cancel(cycle, abortedError(), "The client was disconnected while connecting");
    await this.#running;
    if (this.#cycle === cycle) this.#end(undefined);
  }

  /** A call of `connect` has failed. */
  #failed(error: MqttError): void {
    if (this.#state === "disconnected") return; // ended by `disconnect`
    if (this.#policy !== undefined) {
      this.#end(this.#isTold ? undefined : error);
      return;
    }
    this.#cycle = undefined;
    this.#state = "disconnected";
    this.events.emit({ state: "disconnected", error });
    this.readiness.end(error, this.#connection.broker);
  }

  /** There is no connection any more, and none will be made. */
  #end(error: MqttError | undefined): void {
    this.#cycle = undefined;
    this.#state = "disconnected";
    this.#connection.queuesCalls = false;
    this.#tell(error);
    this.events.emit(error === undefined ? { state: "disconnected" } : { state: "disconnected", error });
    this.readiness.end(error ?? this.#connection.notConnected(), this.#connection.broker);
    this.#closed.resolve(error);
  }

  /** Ends calls and messages. */
  #tell(error: MqttError | undefined): void {
    if (this.#isTold) return;
    this.#isTold = this.#policy !== undefined;
    this.#listener.onEnd(error);
  }
}

function abortedError(): MqttError {
  return new MqttError("The client was disconnected while connecting", { code: "ABORTED" });
}

/** An error of this package, or of an argument that only the attempt could check. */
function internalError(cause: unknown): MqttError {
  return new MqttError("The attempt to connect failed", { code: OPTION_FAILED, cause });
}
