import type { AckProperties, MessageProperties } from "../protocol/property-types.ts";
import { Message } from "./message.ts";
import type { Part } from "./receipt.ts";

/** A message whose acknowledgement has not been sent when it arrives. Programs see a `Message`. */
export class DeferredMessage extends Message {
  readonly #part: Part;

  static {
    Object.defineProperty(DeferredMessage, "name", { value: "Message" });
  }

  constructor({ topic, payload, qos, retain, dup, mid, properties }: Message, part: Part) {
    super(topic, payload, Message.encodeFlags(qos, retain, dup), mid, properties);
    this.#part = part;
  }

  /** Returns the part of a message; undefined if it has none. */
  static readPart(message: Message): Part | undefined {
    return #part in message ? (message as DeferredMessage).#part : undefined;
  }

  override acknowledge(reasonCode?: number, properties?: AckProperties): boolean {
    Message.checkAcknowledge(reasonCode, properties);
    const hasMore = reasonCode !== undefined || properties !== undefined;
    if (hasMore && !this.#part.receipt.hasReasonCodes)
      throw new TypeError("acknowledge has no reason code and no properties before MQTT 5");
    return this.#part.acknowledge(reasonCode, properties);
  }

  override copy(): Message {
    return new DeferredMessage(super.copy(), this.#part);
  }

  override with(properties: MessageProperties | undefined): Message {
    return new DeferredMessage(super.with(properties), this.#part);
  }
}
