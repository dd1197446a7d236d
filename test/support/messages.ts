import type { Client, Message } from "../../lib/index.ts";

/** Takes the next `count` messages; each must arrive in time. */
export async function take(client: Client, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) messages.push(await takeOne(client));
  return messages;
}

/** Takes the next message, which must arrive in time. */
export async function takeOne(client: Client): Promise<Message> {
  const { value } = await client.messages.next({ timeout: 10 });
  if (value === undefined) throw new Error("the iteration has ended");
  return value;
}

/** The content of a message, for comparisons. */
export const told = (message: Message) => ({
  topic: message.topic.value,
  text: message.text(),
  qos: message.qos,
  retain: message.retain,
});
