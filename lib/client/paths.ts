import { checkedName } from "./options.js";
import { queryOf } from "./send.js";
import type { DiagnoseOptions, PageOptions } from "./types.js";

export const topicPath = (topic: string): string => `/v1/topics/${checkedName("topic", topic)}`;
export const subscriptionPath = (topic: string, subscription: string): string =>
  `${topicPath(topic)}/subscriptions/${checkedName("subscription", subscription)}`;

export const pageQuery = ({ limit, cursor }: PageOptions): string => queryOf({ limit, cursor });

export const doctorPath = ({ topic, ...query }: DiagnoseOptions): string =>
  `${topic === undefined ? "/v1" : topicPath(topic)}/doctor${queryOf(query)}`;
