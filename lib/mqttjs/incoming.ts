import type { Message } from "../incoming/message.ts";
import { queueMicrotask } from "../util/timers.ts";
import { AcknowledgementBytes, PUBACK, PUBCOMP, PUBREC } from "./acknowledgement-bytes.ts";
import type { MqttClient } from "./client.ts";
import { callSafely, emitSafely, throwLater } from "./emit.ts";
import type { IPublishPacket } from "./packets.ts";
import { toAckPacket, toPublishPacket } from "./received-packets.ts";

/** The reason codes that `customHandleAcks` may return (MQTT 5, sections 3.4.2.1 and 3.5.2.1). */
const ACK_CODES = new Set([0, 16, 128, 131, 135, 144, 145, 151, 153]);

/** A message of QoS 1 or 2, and the number of the connection that brought it. */
interface Delivery {
  readonly message: Message;
  connection: number;
}

export interface IncomingHost {
  /** Whether the program handles messages itself, so that each must wait for the end of the one before. */
  handlesMessages(): boolean;
  /** Whether the program stores messages of QoS 2. */
  storesMessages(): boolean;
  /** Sends PUBACK and PUBREC packets, if the connection with this number is still open. */
  acknowledge(connection: number, packets: Uint8Array): void;
}

/** Emits the messages of one client, and acknowledges them after their listeners. */
export class IncomingMessages {
  readonly #client: MqttClient;
  readonly #host: IncomingHost;
  readonly #bytes: AcknowledgementBytes;
  /** Messages that wait for the end of the one before. */
  readonly #waiting: Delivery[] = [];
  /** The messages of QoS 2 that are not acknowledged, by their identifiers. */
  readonly #unfinished = new Map<number, Delivery>();
  /** The topics that the broker has sent with an alias on the present connection. */
  readonly #aliases = new Map<number, string>();
  #isBusy = false;

  constructor(client: MqttClient, host: IncomingHost) {
    this.#client = client;
    this.#host = host;
    this.#bytes = new AcknowledgementBytes((connection, packets) => host.acknowledge(connection, packets));
  }

  /** A connection has been made. Its aliases have no meaning on another one. */
  onConnected(): void {
    this.#aliases.clear();
  }

  /** A message of QoS 0 has arrived. */
  onMessage(message: Message): void {
    if (this.#isBusy || this.#host.handlesMessages()) this.#enqueue({ message, connection: -1 });
    else this.#emit(message);
  }

  /** A message of QoS 1 or 2 has arrived. `isRepeated`: the session has delivered it before. */
  onDeferredMessage(message: Message, connection: number, isRepeated: boolean): void {
    const { qos, mid } = message;
    if (qos === 2) {
      const unfinished = isRepeated ? this.#unfinished.get(mid) : undefined;
      if (unfinished !== undefined) {
        unfinished.connection = connection;
        return;
      }
      if (isRepeated) {
        this.#bytes.add(connection, PUBREC, mid, 0);
        return;
      }
    }
    if (this.#isBusy || this.#host.handlesMessages() || (qos === 2 && this.#host.storesMessages())) {
      const delivery = { message, connection };
      if (qos === 2) this.#unfinished.set(mid, delivery);
      this.#enqueue(delivery);
      return;
    }
    this.#emit(message);
    this.#bytes.add(connection, qos === 1 ? PUBACK : PUBREC, mid, 0);
  }

  /** The broker has released a message of QoS 2. */
  onReleased(messageId: number, connection: number): void {
    const client = this.#client;
    if (client.listenerCount("packetreceive") > 0)
      emitSafely(client, "packetreceive", { ...toAckPacket("pubrel", messageId, undefined, false) });
    if (client.listenerCount("packetsend") > 0)
      emitSafely(client, "packetsend", { cmd: "pubcomp", messageId });
    this.#bytes.add(connection, PUBCOMP, messageId, 0);
  }

  /** Sends the acknowledgements that are due. */
  flush(): void {
    this.#bytes.flush();
  }

  #emit(message: Message): void {
    const client = this.#client;
    const isWatched = client.listenerCount("packetreceive") > 0;
    if (!isWatched && client.listenerCount("message") === 0) return;
    try {
      const packet = this.#toPacket(message);
      if (isWatched) client.emit("packetreceive", packet);
      client.emit("message", packet.topic || message.topic.value, message.payload, packet);
    } catch (error) {
      throwLater(error);
    }
  }

  /** The packet of a message whose topic was replaced by an alias has no topic. */
  #toPacket(message: Message): IPublishPacket {
    const packet = toPublishPacket(message);
    if (packet.properties?.topicAlias !== undefined) this.#withoutTopic(packet, packet.properties.topicAlias);
    return packet;
  }

  #withoutTopic(packet: IPublishPacket, alias: number): void {
    const { topic } = packet;
    if (this.#aliases.get(alias) === topic) packet.topic = "";
    this.#aliases.set(alias, topic);
  }

  #enqueue(delivery: Delivery): void {
    this.#waiting.push(delivery);
    if (!this.#isBusy) this.#next();
  }

  /** Handles messages one after the other, without recursion while handlers call back at once. */
  #next(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (;;) {
      const delivery = this.#waiting.shift();
      if (delivery === undefined) break;
      let isDone = false;
      let isLater = false;
      this.#handle(delivery, () => {
        if (isDone) return;
        isDone = true;
        if (!isLater) return;
        this.#isBusy = false;
        queueMicrotask(() => this.#next());
      });
      isLater = true;
      if (!isDone) return;
    }
    this.#isBusy = false;
  }

  #handle(delivery: Delivery, done: () => void): void {
    const client = this.#client;
    const packet = this.#toPacket(delivery.message);
    emitSafely(client, "packetreceive", packet);
    const { customHandleAcks, protocolVersion } = client.options;
    if (packet.qos === 0 || typeof customHandleAcks !== "function" || protocolVersion !== 5) {
      this.#deliver(delivery, packet, 0, done);
      return;
    }
    const payload = delivery.message.payload;
    callSafely(customHandleAcks, delivery.message.topic.value, payload, packet, (error, given) => {
      const code = typeof error === "number" ? error : (given ?? 0);
      const failure = typeof error === "number" ? undefined : error;
      if (failure || !ACK_CODES.has(code)) {
        const name = packet.qos === 1 ? "puback" : "pubrec";
        emitSafely(client, "error", failure || new Error(`Wrong reason code for ${name}`));
        done();
      } else this.#deliver(delivery, packet, code, done);
    });
  }

  /** Emits a message and has it handled. A refused message is not emitted. */
  #deliver(delivery: Delivery, packet: IPublishPacket, code: number, done: () => void): void {
    const client = this.#client;
    if (packet.qos < 2 || !this.#host.storesMessages() || code !== 0) {
      this.#finish(delivery, packet, code, done);
      return;
    }
    client.incomingStore.put(packet, (error) => {
      if (error) emitSafely(client, "error", error);
      this.#finish(delivery, packet, code, () => {
        client.incomingStore.del(packet, () => {});
        done();
      });
    });
  }

  #finish(delivery: Delivery, packet: IPublishPacket, code: number, done: () => void): void {
    const client = this.#client;
    const { message } = delivery;
    if (code === 0) emitSafely(client, "message", message.topic.value, message.payload, packet);
    const acknowledge = (error?: Error) => {
      if (!error) this.#acknowledge(delivery, code);
      done();
    };
    if (packet.qos === 2 && code !== 0) acknowledge();
    else callSafely((...args) => client.handleMessage(...args), packet, acknowledge);
  }

  #acknowledge(delivery: Delivery, code: number): void {
    const { message, connection } = delivery;
    const { qos, mid } = message;
    if (qos === 0) return;
    if (qos === 2 && this.#unfinished.get(mid) === delivery) this.#unfinished.delete(mid);
    if (this.#client.listenerCount("packetsend") > 0) {
      const cmd = qos === 1 ? "puback" : "pubrec";
      emitSafely(this.#client, "packetsend", { cmd, messageId: mid, reasonCode: code });
    }
    this.#bytes.add(connection, qos === 1 ? PUBACK : PUBREC, mid, code);
  }
}
