import { parseArguments } from "./arguments.ts";
import { MqttClient } from "./client.ts";
import type { IClientOptions, MqttClientEventCallbacks } from "./types.ts";

/**
 * Makes a client, which connects at once.
 * @throws {Error} for a missing protocol or client identifier, and for options that are not supported
 */
export function connect(brokerUrl: string): MqttClient;
export function connect(opts: IClientOptions): MqttClient;
export function connect(brokerUrl: string, opts?: IClientOptions): MqttClient;
export function connect(brokerUrl?: string | IClientOptions, opts?: IClientOptions): MqttClient {
  const client = new MqttClient(null, parseArguments(brokerUrl, opts));
  // An error without a listener of the program's must not end the process.
  client.on("error", () => {});
  return client;
}

/** Makes a client, and resolves to it when it is connected. Rejects with the first error. */
export function connectAsync(brokerUrl: string): Promise<MqttClient>;
export function connectAsync(opts: IClientOptions): Promise<MqttClient>;
export function connectAsync(brokerUrl: string, opts?: IClientOptions): Promise<MqttClient>;
export function connectAsync(
  brokerUrl: string,
  opts: IClientOptions,
  allowRetries: boolean,
): Promise<MqttClient>;
export function connectAsync(
  brokerUrl: string | IClientOptions,
  opts?: IClientOptions,
  allowRetries = true,
): Promise<MqttClient> {
  return new Promise((resolve, reject) => {
    const client = connect(brokerUrl as string, opts);
    const listeners: Partial<MqttClientEventCallbacks> = {
      connect: () => settle(() => resolve(client)),
      end: () => settle(() => resolve(client)),
      error: (error) => fail(error),
    };
    if (!allowRetries) listeners.close = () => fail(new Error("Couldn't connect to server"));
    const names = Object.keys(listeners) as (keyof MqttClientEventCallbacks)[];
    const settle = (end: () => void) => {
      for (const name of names) client.off(name, listeners[name] as never);
      end();
    };
    const fail = (error: Error) =>
      settle(() => {
        client.end();
        reject(error);
      });
    for (const name of names) client.on(name, listeners[name] as never);
  });
}
