import { deliveryLeaseMs, overByMs } from "../../../lib/operations/push/delivery-lease.js";
import { aSubscription } from "../../contract/builders.js";

const SECOND_MS = 1_000;

it.each([
  [5, 60],
  [300, 300],
  [43_200, 960],
])(
  "GIVEN an ack deadline of %i s THEN a delivery's lease lasts %i s without renewal",
  (ackDeadlineSeconds, seconds) => {
    expect(deliveryLeaseMs(aSubscription({ ackDeadlineSeconds }))).toBe(seconds * SECOND_MS);
  },
);

it("GIVEN a delivery THEN it is over after the longest run of a function, and what clocks differ by", () => {
  expect(overByMs(5)).toBe(5 + 16 * 60 * SECOND_MS);
});
