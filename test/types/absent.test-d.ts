// Each optional member of each option may be undefined. The file is never run: `npm run lint` checks its types.

import {
  type AckProperties,
  type AuthenticationOptions,
  type CallOptions,
  Client,
  type ClientOptions,
  type ConnackProperties,
  type ConnectProperties,
  type DisconnectOptions,
  type DisconnectProperties,
  type Message,
  type MessageProperties,
  type MqttCodeErrorOptions,
  type NextOptions,
  type OneOrMore,
  type ProxySettingsOptions,
  type PublishOptions,
  type PublishProperties,
  type ServerAuthProperties,
  type ServerDisconnectProperties,
  type SubscribeCallOptions,
  type SubscribeOptions,
  type SubscribeProperties,
  type TLSContextOptions,
  type TLSParametersOptions,
  type UnsubscribeCallOptions,
  type UnsubscribeProperties,
  type WillOptions,
  type WillProperties,
} from "mqtt-native";

/** The names of the optional members that refuse undefined. */
type Refusing<T> = {
  [Name in keyof T]-?: object extends Pick<T, Name>
    ? { [Each in Name]: undefined } extends Pick<T, Name>
      ? never
      : Name
    : never;
}[keyof T];

/** Compiles when no member refuses undefined. */
function none<T>(_none: [Refusing<T>] extends [never] ? true : Refusing<T>): void {}

// `exactOptionalPropertyTypes` is on, so an absent member differs from an undefined one.
// @ts-expect-error
none<{ member?: string }>(true);

none<ClientOptions>(true);
none<CallOptions>(true);
none<PublishOptions>(true);
none<SubscribeOptions>(true);
none<SubscribeCallOptions>(true);
none<UnsubscribeCallOptions>(true);
none<DisconnectOptions>(true);
none<NextOptions>(true);
none<AuthenticationOptions>(true);
none<WillOptions>(true);
none<ProxySettingsOptions>(true);
none<TLSContextOptions>(true);
none<Single<TLSContextOptions["key"]>>(true);
none<Single<TLSContextOptions["pfx"]>>(true);
none<TLSParametersOptions>(true);
none<MqttCodeErrorOptions>(true);
none<ConnectProperties>(true);
none<WillProperties>(true);
none<PublishProperties>(true);
none<SubscribeProperties>(true);
none<UnsubscribeProperties>(true);
none<DisconnectProperties>(true);
none<MessageProperties>(true);
none<AckProperties>(true);
none<ConnackProperties>(true);
none<ServerDisconnectProperties>(true);
none<ServerAuthProperties>(true);

/** The object among the types that may stand alone or in an array. */
type Single<T> = T extends OneOrMore<infer Each> ? Exclude<Each, string | Uint8Array | undefined> : never;

/** Passes on properties that a message may or may not have. */
export function answer(client: Client, { properties }: Message): Promise<unknown> {
  return client.publish(properties?.responseTopic ?? "answers", "", {
    qos: undefined,
    properties: properties && {
      correlationData: properties.correlationData,
      contentType: properties.contentType,
      userProperties: properties.userProperties,
    },
  });
}

new Client("localhost", undefined, undefined);
new Client("localhost", undefined);
new Client(new URL("mqtt://localhost"), undefined);
