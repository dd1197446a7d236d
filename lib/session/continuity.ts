import type { Connection } from "../connection/connection.ts";
import type { LateAcknowledgement } from "../connection/late-acknowledgement.ts";
import type { ConnectionInfo } from "../connection/reports.ts";
import type { Acknowledgements } from "../incoming/acknowledgements.ts";
import type { Messages } from "../incoming/messages.ts";
import type { Completion } from "../native/event-batch.ts";
import type { Settings } from "../options/settings.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import type { Subscriber } from "../outgoing/subscriber.ts";
import { MqttError } from "../protocol/errors.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { Requests } from "../requests/requests.ts";
import type { Streams } from "../streams/streams.ts";
import type { Log } from "../util/logger.ts";
import type { Renewals } from "./attempts.ts";
import { Backoff } from "./backoff.ts";
import { Renewer } from "./renewer.ts";
import type { SupervisorListener } from "./supervisor.ts";

/** The parts of a client that outlive its connections. */
export interface LastingParts {
  readonly messages: Messages;
  readonly connection: Connection;
  readonly outgoing: Outgoing;
  readonly subscriber: Subscriber;
  readonly streams: Streams;
  readonly requests: Requests;
  readonly acknowledgements: Acknowledgements;
  readonly lateAcknowledgement: LateAcknowledgement;
  readonly log: Log;
}

/** Carries the messages, calls and subscriptions of one client over from one connection to the next. */
export class Continuity implements SupervisorListener {
  readonly #settings: Settings;
  readonly #parts: LastingParts;
  readonly #renewer: Renewer | undefined;
  #hasWarned = false;

  constructor(settings: Settings, parts: LastingParts) {
    this.#settings = settings;
    this.#parts = parts;
    const { reconnect, protocol } = settings;
    if (reconnect === undefined) return;
    const { connection, outgoing, subscriber, log } = parts;
    const backoff = new Backoff(reconnect);
    this.#renewer = new Renewer({
      protocol,
      registry: subscriber.sender.registry,
      log,
      nextToken: () => outgoing.nextToken(),
      delay: () => backoff.slow(),
      onAnswer: (filter, code, isFinal) => subscriber.onRenewed(filter, code, isFinal),
      violate: (what) => connection.violate(what),
    });
  }

  /** The broker has answered a call, or a renewal. */
  onCompleted(token: number, completion: Completion): void {
    const { outgoing, subscriber } = this.#parts;
    if (this.#renewer?.onCompleted(token, completion)) return;
    subscriber.onCompleted(token, completion);
    outgoing.complete(token, completion);
  }

  onConnecting(): void {
    const { messages, connection, outgoing, requests } = this.#parts;
    messages.begin();
    outgoing.pause(connection.notConnected());
    requests.onConnecting();
  }

  onInterrupted(error: MqttError): void {
    const { outgoing, log } = this.#parts;
    log.warn(`Lost the connection to ${this.#parts.connection.place}: ${error.message}`);
    this.#renewer?.end(error);
    outgoing.pause(error);
    this.#parts.acknowledgements.onEnd();
    this.#parts.requests.onInterrupted(error);
  }

  onConnected({ sessionPresent }: ConnectionInfo, isElsewhere: boolean): Renewals | undefined {
    const { messages, connection, outgoing, subscriber, requests, log } = this.#parts;
    log.info(
      `Connected to ${this.#parts.connection.place}${sessionPresent ? ", and resumed the session" : ""}`,
    );
    messages.begin();
    this.#carryOverMessages(sessionPresent);
    const { session } = connection.handle;
    if (this.#renewer === undefined || session === undefined) return undefined;
    this.#warnOfCleanSession();
    subscriber.onConnected();
    outgoing.resume();
    if (!sessionPresent || isElsewhere) subscriber.onNewSession();
    const scope = sessionPresent ? (isElsewhere ? "shared" : "missing") : "all";
    const renewals = this.#renewer.begin(session, connection.capabilities, scope);
    // A publish of an earlier connection must be withdrawn before it is sent again.
    requests.onConnected(sessionPresent);
    session.proceed();
    return renewals;
  }

  onGuilty(token: number, error: MqttError): void {
    const { connection, outgoing } = this.#parts;
    const text = "The broker closes the connection whenever it receives this call";
    outgoing.reject(token, new MqttError(text, { code: "CONNECTION_LOST", cause: error }));
    connection.handle.session?.refuse(token);
  }

  onEnd(error: MqttError | undefined): void {
    const { messages, connection, outgoing, subscriber, requests, streams, log } = this.#parts;
    if (error === undefined) log.info(`Disconnected from ${this.#parts.connection.place}`);
    else if (this.#renewer === undefined)
      log.warn(`Lost the connection to ${this.#parts.connection.place}: ${error.message}`);
    else log.warn(`Gave up connecting to ${this.#parts.connection.place}: ${error.message}`);
    const reason =
      error ?? new MqttError("The client disconnected before the call had ended", { code: "NOT_CONNECTED" });
    this.#renewer?.end(reason);
    this.#renewer?.clear();
    subscriber.clear();
    outgoing.rejectAll(reason);
    if (this.#renewer !== undefined) connection.handle.session?.drop();
    this.#parts.acknowledgements.onEnd();
    requests.end(reason);
    streams.end(error);
    if (error === undefined) messages.depart();
    messages.end(error);
  }

  /** A resumed session delivers unacknowledged messages again. MQTT 3.1 does not tell whether there is one. */
  #carryOverMessages(sessionPresent: boolean): void {
    const { messages, streams, acknowledgements } = this.#parts;
    const isResumed = sessionPresent || this.#settings.protocol === ProtocolVersion.V31;
    acknowledgements.onConnected(isResumed);
    this.#parts.lateAcknowledgement.onConnected();
    if (isResumed) messages.skipUnacknowledged();
    streams.onConnected(isResumed);
  }

  /** MQTT 3.1.1 has no session that outlives its connection, unless the program asks for one. */
  #warnOfCleanSession(): void {
    const { protocol, clean } = this.#settings;
    if (this.#hasWarned || protocol === ProtocolVersion.V5 || clean !== true) return;
    this.#hasWarned = true;
    this.#parts.log.info(
      "cleanSession is true: each reconnection begins a new session, without the messages that the broker received meanwhile.",
    );
  }
}
