import {
  subscriptionItem,
  subscriptionOf,
} from "../../../../lib/adapters/dynamodb/items/subscription-item.js";
import { aSubscription } from "../../../contract/builders.js";

it("reads a subscription as it was stored", () => {
  const subscription = aSubscription({ epoch: 3, startingPlaces: { 1: { head: 5, slotBase: 4 } } });
  expect(subscriptionOf(subscriptionItem(subscription))).toEqual(subscription);
});

it("reads one that was stored before there was a seek as never sought", () => {
  const subscription = aSubscription();
  const { epoch, rateLimitPerSecond, ...old } = subscriptionItem(subscription).sub;
  expect([epoch, rateLimitPerSecond]).toEqual([0, 0]);
  expect(subscriptionOf({ ...subscriptionItem(subscription), sub: old })).toEqual(subscription);
});

it("reads one that was stored before there were batch windows as without one", () => {
  const subscription = aSubscription();
  const { sub, ...item } = subscriptionItem(subscription);
  const { windowSeconds, ...batch } = sub.batch;
  expect(windowSeconds).toBe(0);
  expect(subscriptionOf({ ...item, sub: { ...sub, batch } })).toEqual(subscription);
});

it("reads one that was stored before there were filters as without one, and stores one without as before", () => {
  const item = subscriptionItem(aSubscription());
  expect(item.f).toBe(100);
  expect("filter" in item.sub).toBe(false);
  expect(subscriptionOf(item)?.filter).toBeUndefined();
});

it("stores a filter in a format that releases without filters refuse", () => {
  const subscription = aSubscription({ filter: '{ "tag": ["created"] }' });
  const item = subscriptionItem(subscription);
  expect(item.f).toBe(300);
  expect(subscriptionOf(item)).toEqual(subscription);
});

it("stores one whose keys hold in a format that releases without holds refuse, and one that held as before", () => {
  const held = (onDeadLetter: "hold" | "release") =>
    aSubscription({ deadLetter: { retentionSeconds: 3_600, onDeadLetter } });
  const [hold, release] = [held("hold"), held("release")];
  expect([hold, release].map((one) => subscriptionItem(one).f)).toEqual([400, 100]);
  expect([hold, release].map((one) => subscriptionOf(subscriptionItem(one)))).toEqual([hold, release]);
});

it("reads nothing where nothing is stored", () => {
  expect(subscriptionOf(undefined)).toBeUndefined();
});
