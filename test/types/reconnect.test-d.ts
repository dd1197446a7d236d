import {
  Client,
  type ConnectionEvent,
  type ConnectionState,
  type MqttError,
  type PerAttempt,
  ProtocolVersion,
  type ReasonCode,
  type ReconnectOptions,
} from "mqtt-native";

// ---- options ----

const options: ReconnectOptions = { minDelay: 0.1, maxDelay: 5, resetAfter: 60, maxAttempts: 3 };
const client = new Client("localhost", {
  reconnect: options,
  connectTimeout: 5,
  whileDisconnected: "reject",
});
new Client("localhost", { reconnect: true, maxQueuedOutgoingBytes: Number.POSITIVE_INFINITY });
new Client("localhost", { reconnect: { retry: (_error: MqttError, attempt: number) => attempt < 3 && 1 } });
new Client("localhost", { reconnect: { retry: ({ code }) => code !== "TIMEOUT" } });
// @ts-expect-error: a decision is a boolean or a number
new Client("localhost", { reconnect: { retry: () => "yes" } });
// @ts-expect-error: a decision is no promise
new Client("localhost", { reconnect: { retry: async () => true } });
// @ts-expect-error
new Client("localhost", { reconnect: { delay: 1 } });
// @ts-expect-error
new Client("localhost", { whileDisconnected: "queue" });
void client.publish("t", "p", { whileDisconnected: "wait" });

const password: PerAttempt<string> = async () => "secret";
new Client("localhost", { username: () => "me", password, will: () => ({ topic: "t" }) });
new Client("localhost", {
  protocol: ProtocolVersion.V5,
  authentication: { method: "TOKEN", data: async () => "data", onChallenge: () => undefined },
});
// @ts-expect-error: a user name is text
new Client("localhost", { username: () => 1 });

// ---- several brokers ----

const addresses: readonly string[] = ["mqtts://a.example", "b.example"];
new Client(addresses, { port: 8883, sharedSessions: true, followServerReference: true });
void Client.connect(["mqtt://a.example", new URL("mqtt://b.example")]);
// @ts-expect-error: the port is an option
new Client(addresses, 1883);

// ---- state ----

const state: ConnectionState = client.state;
const broker: string = client.broker;
const ready: Promise<void> = client.ready({ timeout: 5, signal: AbortSignal.timeout(1) });
void [state, broker, ready];

async function watch(): Promise<ReasonCode[]> {
  const codes: ReasonCode[] = [];
  for await (const event of client.connectionEvents({ signal: AbortSignal.timeout(1) })) {
    const checked: ConnectionEvent = event;
    void checked;
    if (event.state === "connected") codes.push(...event.refused.map(({ reasonCode }) => reasonCode));
    else if (event.state === "reconnecting") console.log(event.error.code, event.attempt, event.delay);
    else console.log(event.error?.code);
  }
  return codes;
}
void watch();
