import { severalClaim, togetherClaim } from "../../../lib/domain/sent-together.js";
import { answeredThen } from "../../../lib/operations/atomic/answered-then.js";

const request = { key: "k", fingerprint: "f" };
const stored = { kind: "scheduled", id: "orders.x", deliverAtMs: 9 } as const;

it("gives what was answered, refuses another request, and fails where nothing is said of a message", () => {
  const { value } = togetherClaim("topics", request, { slots: [], listed: new Map([[2, stored]]) }, 0);
  expect(answeredThen(request, [2], value)).toEqual(new Map([[2, stored]]));
  expect(() => answeredThen({ ...request, fingerprint: "g" }, [2], value)).toThrow("another request");
  expect(() => answeredThen(request, [2], severalClaim(request, 0).value)).toThrow("collided");
});
