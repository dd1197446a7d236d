import { Client, type ClientOptions, type ConnectionEvent, ProtocolVersion } from "../../lib/index.ts";
import { ScriptedBroker } from "./scripted-broker.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** Delays that a test can wait for. */
export const QUICK = { minDelay: 0.01, maxDelay: 0.02 };

/** A client that reconnects, and the scripted broker that it is connected to. */
export interface Reconnecting extends AsyncDisposable {
  readonly broker: ScriptedBroker;
  readonly client: Client;
  /** The first connection, after its CONNECT. */
  readonly session: ScriptedSession;
  /** The next event of the client. */
  event(): Promise<ConnectionEvent>;
  /** The next connection, after its CONNECT, which is answered with CONNACK. */
  next(options?: {
    sessionPresent?: boolean;
    properties?: Record<string, unknown>;
  }): Promise<ScriptedSession>;
}

/** Connects a client of MQTT 5 that reconnects. The broker answers nothing but CONNECT. */
export async function reconnecting(options: ClientOptions = {}): Promise<Reconnecting> {
  const broker = await ScriptedBroker.start();
  const client = new Client(broker.url, { protocol: ProtocolVersion.V5, reconnect: QUICK, ...options });
  const events = client.connectionEvents();
  const connected = client.connect();
  const next: Reconnecting["next"] = async (connack = {}) => {
    const session = await broker.accept();
    await session.receive("CONNECT");
    await session.send(session.packets.connack(connack as object));
    return session;
  };
  const session = await next();
  await connected;
  const event = async () => {
    const { value } = await events.next();
    if (value === undefined) throw new Error("the events have ended");
    return value;
  };
  await event();
  return {
    broker,
    client,
    session,
    event,
    next,
    async [Symbol.asyncDispose]() {
      await client.disconnect({ timeout: 0 });
      await broker.stop();
    },
  };
}

/** The result of a call that may fail: its error. */
export const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
