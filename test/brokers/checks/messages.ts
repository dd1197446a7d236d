import assert from "node:assert/strict";
import type { Client, Message } from "mqtt-native";
import { takeOne } from "../../support/messages.ts";

export type QoS = 0 | 1 | 2;
export const LEVELS = [0, 1, 2] as const;

/** The text of the message that a check publishes last. */
export const END = "end";

/** Publishes so many messages whose texts are their numbers. */
export async function publishNumbers(client: Client, topic: string, count: number, qos: QoS): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => client.publish(topic, n, { qos })));
}

export const numbersTo = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n}`);

/** The messages before the one that says that it is the end. */
export async function takeUntilEnd(client: Client): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const message = await takeOne(client);
    if (message.text() === END) return messages;
    messages.push(message);
  }
}

export const textsOf = (messages: readonly Message[]): string[] => messages.map((message) => message.text());

/** The texts of the messages before the end. */
export const textsUntilEnd = async (client: Client): Promise<string[]> => textsOf(await takeUntilEnd(client));

/** Compares long lists of texts, and names the first difference only. */
export function assertSameTexts(texts: readonly string[], expected: readonly string[]): void {
  const index = expected.findIndex((text, each) => texts[each] !== text);
  if (index >= 0 || texts.length !== expected.length)
    assert.fail(
      `message ${index} is ${texts[index]} rather than ${expected[index]}; ${texts.length} came of ${expected.length}`,
    );
}
