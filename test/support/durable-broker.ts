import { ScriptedBroker } from "./scripted-broker.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** A message of QoS 2 on its way to a client. */
interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  isReleased: boolean;
}

/** The state that a broker keeps for one client identifier (MQTT 5, section 4.1). */
class DurableSession {
  connection: ScriptedSession | undefined;
  /** Identifiers of received messages of QoS 2 that have not been released. */
  readonly received = new Set<number>();
  readonly outgoing = new Map<number, Outgoing>();
  readonly filters = new Set<string>();
}

/**
 * A scripted broker that forgets nothing: it keeps the session of each client, until a client wants a new one.
 *
 *     await using broker = await DurableBroker.start();
 *     broker.send("client", "topic", "payload"); // at QoS 2, now or when the client is back
 */
export class DurableBroker implements AsyncDisposable {
  /** The payloads that clients have published, each as often as a subscriber would get it. */
  readonly published: string[] = [];
  /** Called for each filter that a session has for the first time. */
  onSubscribed: (clientId: string, filter: string) => void = () => {};
  readonly #sessions = new Map<string, DurableSession>();
  readonly #of = new WeakMap<ScriptedSession, DurableSession>();
  #nextIdentifier = 1;
  #broker!: ScriptedBroker;

  static async start(): Promise<DurableBroker> {
    const broker = new DurableBroker();
    broker.#broker = await broker.#listen();
    return broker;
  }

  get host(): string {
    return this.#broker.host;
  }

  get port(): number {
    return this.#broker.port;
  }

  get url(): string {
    return this.#broker.url;
  }

  /** The number of messages to clients whose flow has not ended. */
  get pending(): number {
    return [...this.#sessions.values()].reduce((sum, { outgoing }) => sum + outgoing.size, 0);
  }

  /** Sends a message of QoS 2, now or when the client is back. */
  send(clientId: string, topic: string, payload: string): void {
    const session = this.#sessions.get(clientId);
    if (session === undefined) throw new Error(`${clientId} has no session`);
    const packetId = this.#nextIdentifier++;
    session.outgoing.set(packetId, { topic, payload, isReleased: false });
    const { connection } = session;
    void connection?.send(connection.packets.publish({ topic, payload, qos: 2, packetId }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#broker.stop();
  }

  #listen(): Promise<ScriptedBroker> {
    return ScriptedBroker.serving({
      CONNECT: ({ clientId, cleanStart }, connection) => this.#connect(clientId, cleanStart, connection),
      PUBLISH: ({ qos, packetId, payload }, connection) => {
        const { received } = this.#session(connection);
        if (qos < 2 || !received.has(packetId)) this.published.push(payload.toString());
        if (qos === 1) void connection.send(connection.packets.puback(packetId));
        if (qos < 2) return;
        received.add(packetId);
        void connection.send(connection.packets.pubrec(packetId));
      },
      PUBREL: ({ packetId }, connection) => {
        this.#session(connection).received.delete(packetId);
        void connection.send(connection.packets.pubcomp(packetId));
      },
      PUBREC: ({ packetId }, connection) => {
        const message = this.#session(connection).outgoing.get(packetId);
        if (message !== undefined) message.isReleased = true;
        void connection.send(connection.packets.pubrel(packetId));
      },
      PUBCOMP: ({ packetId }, connection) => {
        this.#session(connection).outgoing.delete(packetId);
      },
      SUBSCRIBE: ({ packetId, subscriptions }, connection) => {
        const granted = subscriptions.map(({ qos }) => qos);
        void connection.send(connection.packets.suback(packetId, granted));
        const { filters } = this.#session(connection);
        for (const { filter } of subscriptions) {
          if (filters.has(filter)) continue;
          filters.add(filter);
          this.onSubscribed(this.#identifierOf(connection), filter);
        }
      },
    });
  }

  #connect(clientId: string, cleanStart: boolean, connection: ScriptedSession): void {
    const earlier = cleanStart ? undefined : this.#sessions.get(clientId);
    const session = earlier ?? new DurableSession();
    session.connection = connection;
    this.#sessions.set(clientId, session);
    this.#of.set(connection, session);
    const { packets } = connection;
    const repeats = [...session.outgoing].map(([packetId, { topic, payload, isReleased }]) =>
      isReleased
        ? packets.pubrel(packetId)
        : packets.publish({ topic, payload, qos: 2, packetId, dup: true }),
    );
    void connection.send(packets.connack({ sessionPresent: earlier !== undefined }), ...repeats);
  }

  #session(connection: ScriptedSession): DurableSession {
    const session = this.#of.get(connection);
    if (session === undefined) throw new Error("a packet came before CONNECT");
    return session;
  }

  #identifierOf(connection: ScriptedSession): string {
    const session = this.#session(connection);
    for (const [clientId, other] of this.#sessions) if (other === session) return clientId;
    throw new Error("a session was replaced while it had a connection");
  }
}
