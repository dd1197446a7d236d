import { Connection } from "./connection/connection.ts";
import { LateAcknowledgement } from "./connection/late-acknowledgement.ts";
import type { ObservedClient } from "./diagnostics/events.ts";
import { Observer } from "./diagnostics/observer.ts";
import { Acknowledgements } from "./incoming/acknowledgements.ts";
import { Messages } from "./incoming/messages.ts";
import type { Settings } from "./options/settings.ts";
import { TimeLimit } from "./options/time-limit.ts";
import { Outgoing } from "./outgoing/outgoing.ts";
import { Publisher } from "./outgoing/publisher.ts";
import { Subscriber } from "./outgoing/subscriber.ts";
import { ProtocolVersion } from "./protocol/protocol-version.ts";
import { Requests } from "./requests/requests.ts";
import { Continuity } from "./session/continuity.ts";
import { Disconnector } from "./session/disconnector.ts";
import { Supervisor } from "./session/supervisor.ts";
import { Router } from "./streams/router.ts";
import { Streams } from "./streams/streams.ts";
import { Log } from "./util/logger.ts";
import { Timeouts } from "./util/timeouts.ts";

/** The parts of one client. */
export interface ClientParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly timeouts: Timeouts;
  readonly timeLimit: TimeLimit;
  readonly messages: Messages;
  readonly connection: Connection;
  readonly outgoing: Outgoing;
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
  readonly acknowledgements: Acknowledgements;
  readonly router: Router;
  readonly streams: Streams;
  readonly requests: Requests;
  readonly supervisor: Supervisor;
  readonly observer: Observer;
}

/** Makes the parts of a client, and connects them. They do no input or output. `client`: shown to observers. */
export function makeParts(settings: Settings, client: ObservedClient): ClientParts {
  const observer = new Observer(client, settings.protocol);
  const log = new Log(settings.logger);
  const timeouts = new Timeouts(log);
  if (settings.connectTimeout !== undefined) timeouts.check("connectTimeout", settings.connectTimeout);
  const timeLimit = new TimeLimit(settings.timeout, timeouts);
  const broker = () => connection.broker;
  const messages = new Messages({ ...settings, log, timeouts, broker });
  const connection = new Connection(settings, {
    onConnected: (info) => {
      observer.onAccepted(info, supervisor.state === "reconnecting");
      supervisor.onConnected(info);
    },
    onConnectFailed: ({ message }) => log.warn(`Connecting to ${connection.place} failed: ${message}`),
    onMessage: (message) => {
      observer.onMessage(message);
      router.route(message);
    },
    onDeferredMessage: (message, number, isRepeated) => {
      observer.onMessage(message);
      router.routeDeferred(message, number, isRepeated);
    },
    onCompleted: (token, completion) => continuity.onCompleted(token, completion),
    onDeviation: (what) =>
      log.warn(`The broker breaks the protocol, which is tolerated: ${what} (${connection.place})`),
    onEnd: (error) => {
      observer.onDisconnected(error);
      supervisor.onConnectionEnd(error);
    },
  });
  const outgoing = new Outgoing(connection.handle, { ...settings, log, broker });
  const publisher = new Publisher(settings, timeLimit, connection, outgoing, observer);
  const subscriber = new Subscriber(settings, timeLimit, connection, outgoing, messages, observer);
  const acknowledgements = new Acknowledgements({
    log,
    inOrder: settings.acknowledgeInOrder,
    hasReasonCodes: settings.protocol === ProtocolVersion.V5,
    send: (number, packets) => connection.handle.session?.acknowledge(number, packets),
    maximumPacketSize: () => connection.capabilities.maximumPacketSize,
  });
  const router = new Router(subscriber.table, messages, settings.unmatched, acknowledgements);
  const lateAcknowledgement = new LateAcknowledgement(settings, connection.handle, log);
  const streams = new Streams(settings, {
    subscriber,
    router,
    timeLimit,
    timeouts,
    log,
    connection,
    lateAcknowledgement,
  });
  const requests = new Requests(settings, {
    ...{ subscriber, router, publisher, outgoing, timeLimit, connection },
    whenReady: (limits) => supervisor.readiness.wait(limits, broker),
  });
  const continuity = new Continuity(settings, {
    ...{
      messages,
      connection,
      outgoing,
      subscriber,
      streams,
      acknowledgements,
      lateAcknowledgement,
      requests,
      log,
    },
  });
  const disconnector = new Disconnector(connection, () => outgoing.idle());
  const supervisor = new Supervisor(settings, connection, disconnector, continuity, log, {
    onAttempt: () => observer.onAttempt(supervisor.state === "reconnecting"),
    onAttemptFailed: (error) => observer.onAttemptFailed(error),
  });
  return {
    ...{ settings, log, timeouts, timeLimit, messages, connection, outgoing, publisher, subscriber },
    ...{ acknowledgements, router, streams, requests, supervisor, observer },
  };
}
