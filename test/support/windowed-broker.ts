import { decodeProperties } from "./properties.ts";
import { ScriptedBroker } from "./scripted-broker.ts";
import type { ScriptedSession } from "./scripted-session.ts";

const MAXIMUM = 65_535;

interface Delivery {
  readonly packetId: number;
  readonly qos: 1 | 2;
  readonly text: string;
  /** Whether PUBREC has come, so that PUBREL is due. */
  isReceived: boolean;
}

/** The state that the broker keeps for one client identifier (MQTT 5, section 4.1). */
class DurableSession {
  readonly topic: string;
  /** The messages that may be in flight, unless the client's Receive Maximum is smaller. */
  readonly window: number;
  maximum = 0;
  connection: ScriptedSession | undefined;
  readonly waiting: { readonly qos: 1 | 2; readonly text: string }[] = [];
  /** In the order of sending. */
  readonly inFlight = new Map<number, Delivery>();
  /** The messages whose PUBACK or PUBREC has come, in the order of coming. */
  readonly acknowledged: string[] = [];
  #lastIdentifier = 0;

  constructor(topic: string, window: number) {
    this.topic = topic;
    this.window = window;
  }

  nextIdentifier(): number {
    do this.#lastIdentifier = (this.#lastIdentifier % MAXIMUM) + 1;
    while (this.inFlight.has(this.#lastIdentifier));
    return this.#lastIdentifier;
  }
}

/**
 * A scripted broker that keeps sessions, and that has no more messages in flight than a window. It reports
 * acknowledgements that do not have the order of their messages [MQTT-4.6.0-2, -3].
 *
 *     await using broker = await WindowedBroker.start();
 *     broker.open("client", { topic: "work", window: 7 });
 *     broker.send("client", "payload", 1); // now or when the client is back
 */
export class WindowedBroker implements AsyncDisposable {
  readonly faults: string[] = [];
  readonly #sessions = new Map<string, DurableSession>();
  readonly #of = new WeakMap<ScriptedSession, DurableSession>();
  #broker!: ScriptedBroker;

  static async start(): Promise<WindowedBroker> {
    const broker = new WindowedBroker();
    broker.#broker = await broker.#listen();
    return broker;
  }

  get url(): string {
    return this.#broker.url;
  }

  /** Makes the session of a client, which is subscribed to the topic. */
  open(clientId: string, { topic, window = MAXIMUM }: { topic: string; window?: number }): void {
    this.#sessions.set(clientId, new DurableSession(topic, window));
  }

  send(clientId: string, text: string, qos: 1 | 2): void {
    const session = this.#find(clientId);
    session.waiting.push({ qos, text });
    this.#fill(session);
  }

  /** The messages that this client has acknowledged, in that order. */
  acknowledged(clientId: string): readonly string[] {
    return this.#find(clientId).acknowledged;
  }

  /** Resolves when all connections have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#broker.sessions.map(({ closed }) => closed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#broker.stop();
  }

  #listen(): Promise<ScriptedBroker> {
    return ScriptedBroker.serving({
      CONNECT: ({ clientId, cleanStart, properties }, connection) => {
        const session = this.#find(clientId);
        if (cleanStart) this.faults.push(`${clientId} began a new session`);
        this.#of.set(connection, session);
        session.connection = connection;
        const { receiveMaximum = MAXIMUM } = connection.version === 5 ? decodeProperties(properties) : {};
        session.maximum = Math.min(receiveMaximum, session.window);
        this.#resume(session, connection);
      },
      PUBACK: ({ packetId }, connection) => this.#onAcknowledged(connection, packetId, 1),
      PUBREC: ({ packetId }, connection) => {
        this.#onAcknowledged(connection, packetId, 2);
        void connection.send(connection.packets.pubrel(packetId));
      },
      PUBCOMP: ({ packetId }, connection) => {
        const session = this.#sessionOf(connection);
        const delivery = session.inFlight.get(packetId);
        if (delivery?.isReceived !== true) this.faults.push(`PUBCOMP ${packetId} before its PUBREC`);
        session.inFlight.delete(packetId);
        this.#fill(session);
      },
    });
  }

  #resume(session: DurableSession, connection: ScriptedSession): void {
    const { packets } = connection;
    const repeats = [...session.inFlight.values()].map(({ packetId, qos, text, isReceived }) =>
      isReceived
        ? packets.pubrel(packetId)
        : packets.publish({ topic: session.topic, payload: text, qos, packetId, dup: true }),
    );
    void connection.send(packets.connack({ sessionPresent: true }), ...repeats);
    this.#fill(session);
  }

  #fill(session: DurableSession): void {
    const { connection } = session;
    if (connection === undefined || connection.stream.destroyed) return;
    while (session.inFlight.size < session.maximum) {
      const next = session.waiting.shift();
      if (next === undefined) return;
      const packetId = session.nextIdentifier();
      session.inFlight.set(packetId, { packetId, ...next, isReceived: false });
      const { topic } = session;
      void connection.send(
        connection.packets.publish({ topic, payload: next.text, qos: next.qos, packetId }),
      );
    }
  }

  #onAcknowledged(connection: ScriptedSession, packetId: number, qos: 1 | 2): void {
    const session = this.#sessionOf(connection);
    if (session.connection !== connection) this.faults.push(`an acknowledgement came on an old connection`);
    const first = [...session.inFlight.values()].find((each) => each.qos === qos && !each.isReceived);
    const delivery = session.inFlight.get(packetId);
    if (delivery === undefined || delivery.isReceived) {
      this.faults.push(`${packetId} was acknowledged, and is not in flight`);
      return;
    }
    if (first !== delivery) this.faults.push(`${delivery.text} was acknowledged before ${first?.text}`);
    session.acknowledged.push(delivery.text);
    if (qos === 2) delivery.isReceived = true;
    else {
      session.inFlight.delete(packetId);
      this.#fill(session);
    }
  }

  #sessionOf(connection: ScriptedSession): DurableSession {
    const session = this.#of.get(connection);
    if (session === undefined) throw new Error("a packet came before CONNECT");
    return session;
  }

  #find(clientId: string): DurableSession {
    const session = this.#sessions.get(clientId);
    if (session === undefined) throw new Error(`${clientId} has no session`);
    return session;
  }
}
