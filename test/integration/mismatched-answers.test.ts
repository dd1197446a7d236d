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

/** The right answers to a call, including PUBREC, the first half of one. PUBCOMP before PUBREC is not among them. */
const right: Record<CallName, AnswerName[]> = {
  "a publish with QoS 1": ["PUBACK"],
  "a publish with QoS 2": ["PUBREC", "PUBACK"], // PUBACK: see deviations.test.ts
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

test.each(mismatches)("MQTT $name: $answer does not complete $call", async ({ protocol, call, answer }) => {
  await using broker = await ScriptedBroker.serving();
  const client = await Client.connect(broker.url, { protocol });
  const session = await broker.accept();
  await session.receive("CONNECT");
  const mismatched = ({ packetId }: { packetId: number }) =>
    session.send(answers[answer](session.packets, packetId));
  session.serve({ PUBLISH: mismatched, SUBSCRIBE: mismatched, UNSUBSCRIBE: mismatched });

  // The client may treat the answer as a violation, or as a late answer to an earlier call.
  await expect(calls[call](client)).rejects.toMatchObject({
    code: expect.stringMatching(/^(PROTOCOL_ERROR|TIMEOUT)$/),
  });

  // The mismatch must not affect the next connection.
  await client.disconnect();
  await client.connect();
  await calls[call](client);
  await client.disconnect();
});
