import { type DeployOptions, AStack } from "./a-cloudformation.js";
import { type Made, anEngine } from "../an-engine.js";

export const LAMBDA = {
  type: "lambda",
  functionArn: "arn:aws:lambda:eu-central-1:111122223333:function:ship",
};
export const OTHER_STACK = "arn:aws:cloudformation:eu-central-1:111122223333:stack/Shipping/2";
export const OTHER_APP = { App: "app-2", Path: "Shipping/Imported/orders" };
/** As templates of the release before this one are. */
export const OLDER = {};

export const topicIn = ({ engine }: Made, name = "orders") => engine.topics.get(name);
export const subscriptionIn = async (made: Made, name: string, topicName = "orders") => {
  const topic = await topicIn(made, topicName);
  return topic && (await made.engine.subscriptions.get(topic, name));
};
export const scheduleIn = async (made: Made, name: string, topicName = "orders") => {
  const topic = await topicIn(made, topicName);
  return topic && (await made.engine.schedules.get(topic, name));
};
/** Which life of each is there: the same uid means the same messages and the same progress. */
export const uidsIn = async (made: Made, topicName = "orders", names: readonly string[] = []) =>
  [
    (await topicIn(made, topicName))?.uid,
    ...(await Promise.all(names.map(async (name) => (await subscriptionIn(made, name, topicName))?.uid))),
  ] as const;

export function aStack(made = anEngine()): { readonly made: Made; readonly stack: AStack } {
  return { made, stack: new AStack(made) };
}

export const HOW: readonly [string, DeployOptions][] = [
  ["once", {}],
  ["twice, since answers were lost", { twice: true }],
];
