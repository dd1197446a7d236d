import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import type { BrokerPackets } from "../support/packets.ts";
import { protocols } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const calls = {
  "a publish with QoS 1": (client: Client) => client.publish("t", "p", { qos: 1, timeout: 0.2 }),
  "a publish with QoS 2": (client: Client) => client.publish("t", "p", { qos: 2, timeout: 0.2 }),
  "a subscribe": (client: Client) => client.subscribe("t", { timeout: 0.2 }),
  "an unsubscribe": (client: Client) => client.unsubscribe("t", { timeout: 0.2 }),
};

const answers = {
  PUBACK: (packets: BrokerPackets, packetId: number) => packets.puback(packetId),
  PUBREC: (packets: BrokerPackets, packetId: number) => packets.pubrec(packetId),
  PUBREL: (packets: BrokerPackets, packetId: number) => packets.pubrel(packetId),
  PUBCOMP: (packets: BrokerPackets, packetId: number) => packets.pubcomp(packetId),
  SUBACK: (packets: BrokerPackets, packetId: number) => packets.suback(packetId, [0]),
  UNSUBACK: (packets: BrokerPackets, packetId: number) => packets.unsuback(packetId, [0]),
};

type CallName = keyof typeof calls;
type AnswerName = keyof typeof answers;

/** What answers a call, and PUBREC, which is half an answer. PUBCOMP answers QoS 2, but not before PUBREC. */
const right: Record<CallName, AnswerName[]> = {
  "a publish with QoS 1": ["PUBACK"],
  "a publish with QoS 2": ["PUBREC"],
  "a subscribe": ["SUBACK"],
  "an unsubscribe": ["UNSUBACK"],
};

const mismatches = protocols.flatMap(({ name, protocol }) =>
  (Object.keys(calls) as CallName[]).flatMap((call) =>
    (Object.keys(answers) as AnswerName[])
      .filter((answer) => !right[call].includes(answer))
      .map((answer) => ({ name, protocol, call, answer })),
  ),
);

test.each(mismatches)("MQTT $name: $answer is no answer to $call", async ({ protocol, call, answer }) => {
  await using broker = await ScriptedBroker.serving();
  const client = await Client.connect(broker.url, { protocol });
  const session = await broker.accept();
  await session.receive("CONNECT");
  const mismatched = ({ packetId }: { packetId: number }) =>
    session.send(answers[answer](session.packets, packetId));
  session.serve({ PUBLISH: mismatched, SUBSCRIBE: mismatched, UNSUBSCRIBE: mismatched });

  // The broker broke the protocol, or answered something else very late: either may be how the client takes it.
  await expect(calls[call](client)).rejects.toMatchObject({
    code: expect.stringMatching(/^(PROTOCOL_ERROR|TIMEOUT)$/),
  });

  // And it did no harm.
  await client.disconnect();
  await client.connect();
  await calls[call](client);
  await client.disconnect();
});
