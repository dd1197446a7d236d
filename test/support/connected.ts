import { Client, type ClientOptions } from "../../lib/index.ts";
import type { Answers } from "./scripted-answers.ts";
import { ScriptedBroker } from "./scripted-broker.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** A client and the scripted broker that it is connected to. */
export interface Connected extends AsyncDisposable {
  readonly broker: ScriptedBroker;
  readonly client: Client;
  /** The client's connection, after its CONNECT has been received. */
  readonly session: ScriptedSession;
}

/** Connects a client to a polite broker. `answers` replace its answers to some types of packets. */
export async function connected(answers: Answers = {}, options: ClientOptions = {}): Promise<Connected> {
  const broker = await ScriptedBroker.serving(answers);
  const client = await Client.connect(broker.url, options);
  const session = await broker.accept();
  await session.receive("CONNECT");
  return {
    broker,
    client,
    session,
    async [Symbol.asyncDispose]() {
      await client.disconnect({ timeout: 0 });
      await broker.stop();
    },
  };
}
