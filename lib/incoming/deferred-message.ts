import type { AckProperties, MessageProperties } from "../protocol/property-types.ts";
import { Message } from "./message.ts";
import type { Part } from "./receipt.ts";

/** A message whose acknowledgement has not been sent when it arrives. Programs see a `Message`. */
export class DeferredMessage extends Message {
  #part: Part | undefined;

  static {
    Object.defineProperty(DeferredMessage, "name", { value: "Message" });
  }

  /** Returns the part of a message; undefined if it has none. */
  static readPart(message: Message): Part | undefined {
    return #part in message ? (message as DeferredMessage).#part : undefined;
  }

  /** Returns the message with this part: the same object, unless it has the part of another destination. */
  static withPart(message: Message, part: Part): DeferredMessage {
    const own = #part in message && message.#part === undefined ? message : duplicate(message);
    own.#part = part;
    return own;
  }

  override acknowledge(reasonCode?: number, properties?: AckProperties): boolean {
    Message.checkAcknowledge(reasonCode, properties);
    const hasMore = reasonCode !== undefined || properties !== undefined;
    if (this.#part === undefined) return false;
    if (hasMore && !this.#part.receipt.hasReasonCodes)
      throw new TypeError("acknowledge has no reason code and no properties before MQTT 5");
    return this.#part.acknowledge(reasonCode, properties);
  }

  override copy(): Message {
    const copy = duplicate(super.copy());
    copy.#part = this.#part;
    return copy;
  }

  override with(properties: MessageProperties | undefined): Message {
    const other = duplicate(super.with(properties));
    other.#part = this.#part;
    return other;
  }
}

function duplicate({ topic, payload, qos, retain, dup, mid, properties }: Message): DeferredMessage {
  return new DeferredMessage(topic, payload, Message.encodeFlags(qos, retain, dup), mid, properties);
}
