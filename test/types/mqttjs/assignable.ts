// Our types and those of MQTT.js, where a program may have both: packages declare their parameters with either.

import type * as theirs from "mqtt";
import type * as ours from "../../../dist/mqttjs/index.d.ts";

/** Compiles if both types are assignable to each other. */
type Same<A extends B, B extends C, C = A> = true;
/** Compiles if ours is assignable to theirs. */
type Serves<_Theirs, Ours extends _Theirs> = [Ours] extends [_Theirs] ? true : false;

export const packets: [
  Same<ours.IConnackPacket, theirs.IConnackPacket>,
  Same<ours.IDisconnectPacket, theirs.IDisconnectPacket>,
  Same<ours.IPublishPacket, theirs.IPublishPacket>,
  Same<ours.Packet, theirs.Packet>,
] = [true, true, true, true];

export const options: [
  Same<ours.IClientPublishOptions, theirs.IClientPublishOptions>,
  Same<ours.IClientSubscribeOptions, theirs.IClientSubscribeOptions>,
  Same<ours.IClientSubscribeProperties, theirs.IClientSubscribeProperties>,
  Same<ours.IClientUnsubscribeProperties, theirs.IClientUnsubscribeProperties>,
  Same<ours.ISecureClientOptions, theirs.ISecureClientOptions>,
  Same<ours.ISubscriptionGrant, theirs.ISubscriptionGrant>,
  Same<ours.ISubscriptionRequest, theirs.ISubscriptionRequest>,
  Same<ours.ISubscriptionMap, theirs.ISubscriptionMap>,
  Same<ours.MqttProtocol, theirs.MqttProtocol>,
  Same<ours.TimerVariant, theirs.TimerVariant>,
] = [true, true, true, true, true, true, true, true, true, true];

export const callbacks: [
  Same<ours.ClientSubscribeCallback, theirs.ClientSubscribeCallback>,
  Same<ours.OnMessageCallback, theirs.OnMessageCallback>,
  Same<ours.PacketCallback, theirs.PacketCallback>,
  Same<ours.DoneCallback, theirs.DoneCallback>,
  Same<ours.CloseCallback, theirs.CloseCallback>,
] = [true, true, true, true, true];

/** A program gives these to a client, so theirs must be assignable to ours. */
type Given = Omit<theirs.IClientOptions, "transformWsUrl" | "createWebsocket">;
export const given: Serves<Omit<ours.IClientOptions, "transformWsUrl" | "createWebsocket">, Given> = true;
export const objects: [Serves<ours.IStore, theirs.IStore>, Serves<ours.AckHandler, theirs.AckHandler>] = [
  true,
  true,
];

/** The members of the client that programs use. Private members make the classes themselves different. */
type Used =
  | "connected"
  | "reconnecting"
  | "disconnecting"
  | "disconnected"
  | "queueQoSZero"
  | "getLastMessageId"
  | "publishAsync"
  | "subscribeAsync"
  | "unsubscribeAsync"
  | "endAsync"
  | "handleMessage"
  | "serverProperties"
  | "keepalive";
export const client: Serves<Pick<theirs.MqttClient, Used>, Pick<ours.MqttClient, Used>> = true;
