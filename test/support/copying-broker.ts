import type { SubscribePacket } from "./client-packets.ts";
import { matchesNaively } from "./naive-match.ts";
import { decodeProperties } from "./properties.ts";
import { ScriptedBroker } from "./scripted-broker.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** Whether a broker sends one copy of a message for each subscription that matches, or one copy for all of them. */
export type Copies = "for each of the" | "for all";

interface Held {
  readonly filter: string;
  readonly identifier: number | undefined;
}

/** A scripted broker for one client, which has subscriptions and Subscription Identifiers (MQTT 5, section 3.3.4). */
export class CopyingBroker implements AsyncDisposable {
  /** The number of messages that were sent. */
  sent = 0;
  /** Called before UNSUBACK, while the subscriptions are still there. */
  onUnsubscribe: () => void = () => {};
  readonly #copies: Copies;
  readonly #held = new Map<string, Held>();
  #broker!: ScriptedBroker;
  #session: ScriptedSession | undefined;

  static async start(copies: Copies): Promise<CopyingBroker> {
    const broker = new CopyingBroker(copies);
    broker.#broker = await ScriptedBroker.serving({
      SUBSCRIBE: (packet, session) => broker.#subscribe(packet, session),
      UNSUBSCRIBE: ({ packetId, filters }, session) => {
        broker.onUnsubscribe();
        for (const filter of filters) broker.#held.delete(filter);
        const codes = filters.map(() => 0);
        void session.send(session.packets.unsuback(packetId, codes));
      },
    });
    return broker;
  }

  private constructor(copies: Copies) {
    this.#copies = copies;
  }

  get url(): string {
    return this.#broker.url;
  }

  get filters(): string[] {
    return [...this.#held.keys()];
  }

  /** Sends a message of QoS 0 as often as the subscriptions want it. Returns the number of copies. */
  publish(topic: string, payload: string): number {
    const session = this.#session;
    const matching = [...this.#held.values()].filter(({ filter }) => matchesNaively(topic, filter));
    if (session === undefined || matching.length === 0) return 0;
    const groups = this.#copies === "for each of the" ? matching.map((each) => [each]) : [matching];
    for (const group of groups) {
      const subscriptionIdentifiers = group.flatMap(({ identifier }) => identifier ?? []);
      const properties = subscriptionIdentifiers.length > 0 ? { subscriptionIdentifiers } : {};
      void session.send(session.packets.publish({ topic, payload, properties }));
    }
    this.sent += groups.length;
    return groups.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#broker.stop();
  }

  #subscribe({ packetId, subscriptions, properties }: SubscribePacket, session: ScriptedSession): void {
    this.#session = session;
    const [identifier] =
      session.version === 5 ? (decodeProperties(properties).subscriptionIdentifiers ?? []) : [];
    for (const { filter } of subscriptions) this.#held.set(filter, { filter, identifier });
    const granted = subscriptions.map(({ qos }) => qos);
    void session.send(session.packets.suback(packetId, granted));
  }
}
