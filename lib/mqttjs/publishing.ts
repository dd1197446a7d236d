import type { Completion } from "../native/event-batch.ts";
import { outcomeError } from "../outgoing/outcomes.ts";
import { decodeAck } from "../packets/reply.ts";
import { MqttCodeError } from "../protocol/errors.ts";
import type { Core } from "./core.ts";
import { callSafely, succeed } from "./emit.ts";
import type { Pending } from "./outgoing.ts";
import type { IPublishPacket, Packet } from "./packets.ts";
import { ReasonCodes } from "./reason-codes.ts";
import { toAckPacket } from "./received-packets.ts";
import { ErrorWithReasonCode } from "./shared.ts";
import type { Applied } from "./topic-aliases.ts";
import type { IClientPublishOptions, PacketCallback } from "./types.ts";

/** The broker has lost the session of a message of QoS 2 that it had received; see docs/event-format.md. */
const SESSION_LOST = 0xff00;
const NO_MATCHING_SUBSCRIBERS = 16;
const FIRST_FAILURE = 0x80;
const NO_OPTIONS: IClientPublishOptions = {};

/** Publishes of one client. */
export class Publishing {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  publish(
    topic: string,
    message: string | Buffer,
    opts: IClientPublishOptions | null | undefined,
    callback: PacketCallback | undefined,
  ): void {
    const core = this.#core;
    if (core.refusesCalls(callback)) return;
    const { qos, retain, dup, properties, cbStorePut } = opts ?? NO_OPTIONS;
    checkArguments(topic, message, qos);
    const packet: IPublishPacket = {
      cmd: "publish",
      topic,
      payload: message,
      qos: qos ?? 0,
      retain: retain ?? false,
      messageId: 0,
      dup: dup ?? false,
    };
    if (core.isV5 && properties !== undefined) packet.properties = properties;
    if (packet.qos > 0) core.defer(() => this.#publishStored(packet, callback, cbStorePut));
    else if (!core.isReplaying) this.#publishAtMostOnce(packet, callback);
    else
      core.defer(() => {
        this.#publishAtMostOnce(packet, callback);
        return true;
      });
  }

  /** Writes a packet of QoS 0, or queues it without a connection. */
  #publishAtMostOnce(given: IPublishPacket, callback: PacketCallback | undefined): void {
    const core = this.#core;
    const { client } = core;
    const applied = this.#withAlias(given, callback);
    if (applied === undefined) return;
    const { packet } = applied;
    if (client.connected) this.write(packet, callback);
    else if (client.queueQoSZero) client.queue.push({ packet, cb: callback ?? client.noop });
    else core.fail(callback, new Error("No connection to broker"));
  }

  /** Writes a packet of QoS 0 to the connection. */
  write(packet: IPublishPacket, callback: PacketCallback | undefined): void {
    const core = this.#core;
    core.tellSent(packet);
    let isWritten = false;
    try {
      core.outgoing.write(packet, (error) => {
        isWritten = true;
        // A queued one is written later, when a throw must not stop other events.
        if (callback) callSafely(error ? () => callback(error) : () => callback());
      });
    } catch (error) {
      if (!isWritten) core.fail(callback, toError(error));
    }
  }

  /** Keeps a packet of QoS 1 or 2 until its answer, and sends it. Returns false without a free identifier. */
  #publishStored(
    given: IPublishPacket,
    callback: PacketCallback | undefined,
    onStored: (() => void) | undefined,
  ): boolean {
    const core = this.#core;
    const { client } = core;
    const messageId = core.ids.allocate();
    if (messageId === null) return false;
    given.messageId = messageId;
    const applied = this.#withAlias(given, callback);
    if (applied === undefined) {
      core.ids.deallocate(messageId);
      return true;
    }
    const { packet, first } = applied;
    const pending = core.outgoing.add(packet, callback ?? client.noop);
    pending.first = first;
    if (!core.hasStore) {
      onStored?.();
      this.#send(pending, packet);
      return true;
    }
    client.outgoingStore.put(packet, (error) => {
      if (error) return this.#reject(pending, error);
      onStored?.();
      this.#send(pending, packet);
    });
    return true;
  }

  #send(pending: Pending, packet: IPublishPacket): void {
    const core = this.#core;
    if (core.session === undefined || pending.token !== undefined) return;
    core.tellSent(pending.first ?? packet);
    this.resend(pending);
  }

  /** Gives a packet to the native session. */
  resend(pending: Pending): void {
    try {
      this.#core.outgoing.send(pending);
    } catch (error) {
      this.#reject(pending, toError(error));
    }
  }

  #reject(pending: Pending, error: Error): void {
    const core = this.#core;
    core.outgoing.forget(pending);
    if (core.hasStore) core.client.outgoingStore.del(pending.packet, () => {});
    core.fail(pending.cb === core.client.noop ? undefined : pending.cb, error);
    core.onSettled();
  }

  /** Replaces topics and aliases. Returns undefined if that failed, which the callback has been told. */
  #withAlias(packet: IPublishPacket, callback: PacketCallback | undefined): Applied | undefined {
    const { client, aliases, isV5 } = this.#core;
    if (!isV5) return { packet };
    const { autoUseTopicAlias, autoAssignTopicAlias } = client.options;
    const mode = autoAssignTopicAlias ? "assigned" : autoUseTopicAlias ? "used" : "given";
    const applied = aliases.apply(packet, client.connected, mode);
    if (!(applied instanceof Error)) return applied;
    this.#core.fail(callback, applied);
    return undefined;
  }

  /** A publish has ended. */
  complete(pending: Pending, packet: IPublishPacket, { pahoError, answer }: Completion): void {
    if (packet.qos === 0) callSafely(pending.cb);
    else if (pahoError === SESSION_LOST) this.#answered(pending, packet, undefined);
    else if (pahoError !== 0) this.#reject(pending, toError(outcomeError(pahoError)));
    else if (answer === undefined && !this.#core.hasStore) this.#succeed(pending, packet);
    else this.#answered(pending, packet, answer);
  }

  /** The broker has accepted a message. */
  #succeed(pending: Pending, packet: IPublishPacket): void {
    const core = this.#core;
    this.#tell(packet, undefined);
    core.outgoing.forget(pending);
    succeed(pending.cb, acknowledged(packet));
    core.onSettled();
  }

  #answered(pending: Pending, packet: IPublishPacket, answer: Buffer | undefined): void {
    const core = this.#core;
    const code = answer === undefined ? 0 : decodeAck(answer).reasonCode.value;
    if (!core.hasStore && !isFailure(code)) {
      this.#succeed(pending, packet);
      return;
    }
    const { messageId = 0 } = packet;
    this.#tell(packet, answer);
    core.outgoing.forget(pending);
    if (isFailure(code)) {
      const cmd = packet.qos === 1 ? "puback" : "pubrec";
      const error = new ErrorWithReasonCode(`Publish error: ${ReasonCodes[code] ?? code}`, code);
      this.#removeStored(packet, () =>
        callSafely(pending.cb, error, toAckPacket(cmd, messageId, answer, true) as Packet),
      );
    } else
      this.#removeStored(packet, (error) =>
        error ? callSafely(pending.cb, error) : succeed(pending.cb, acknowledged(packet)),
      );
    core.onSettled();
  }

  #removeStored(packet: IPublishPacket, done: (error?: Error) => void): void {
    const { client, hasStore } = this.#core;
    if (hasStore) client.outgoingStore.del(packet, (error) => done(error ?? undefined));
    else done();
  }

  /** Emits the packets of an acknowledgement, which the native session has handled. */
  #tell({ qos, messageId = 0 }: IPublishPacket, answer: Buffer | undefined): void {
    const core = this.#core;
    const tell = (cmd: "puback" | "pubrec" | "pubcomp", packet?: Buffer) =>
      core.tellReceived(() => toAckPacket(cmd, messageId, packet, core.isV5));
    if (qos === 1) {
      tell("puback", answer);
      return;
    }
    tell("pubrec", answer);
    if (answer !== undefined && isFailure(decodeAck(answer).reasonCode.value)) return;
    core.tellSent({ cmd: "pubrel", qos: 2, messageId } as Packet);
    tell("pubcomp");
  }
}

/** Returns the packet that the callback of a successful publish gets. */
function acknowledged(packet: IPublishPacket): Packet {
  if (packet.qos === 1) return packet;
  return { cmd: "pubrel", qos: 2, messageId: packet.messageId } as Packet;
}

function isFailure(code: number): boolean {
  return code >= FIRST_FAILURE || (code > 0 && code !== NO_MATCHING_SUBSCRIBERS);
}

/** Throws for arguments of the wrong type, as MQTT.js does. */
function checkArguments(topic: unknown, message: unknown, qos: unknown): void {
  if (typeof topic !== "string") throw new TypeError("Invalid topic");
  if (
    typeof message !== "string" &&
    message !== undefined &&
    message !== null &&
    !(message instanceof Uint8Array)
  )
    throw new TypeError("Invalid payload: it must be a string, a Buffer or a Uint8Array");
  if (qos !== undefined && qos !== 0 && qos !== 1 && qos !== 2) throw new TypeError(`Invalid QoS ${qos}`);
}

function toError(error: unknown): Error {
  if (error instanceof MqttCodeError) {
    const { value } = error.reasonCode;
    return new ErrorWithReasonCode(`Publish error: ${ReasonCodes[value] ?? value}`, value);
  }
  return error instanceof Error ? error : new Error(String(error));
}
