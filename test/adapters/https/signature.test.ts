import { Webhook } from "standardwebhooks";
import { signatureHeaders } from "../../../lib/adapters/https/signature.js";
import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { newSecrets, rotated } from "../../../lib/domain/webhook/secrets.js";

const content = { id: "orders.abc.0.1", type: "application/json", text: '{"a":1}' };

it("signs as the specification's own example", () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const headers = signatureHeaders(
    { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", type: "application/json", text: '{"test": 2432232314}' },
    { signing, headers: {} },
    1_614_265_330_000,
  );
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

it("signs with both secrets for a day after a rotation", () => {
  const nowMs = Date.now();
  const before = newSecrets(seededRandom(1), {});
  const after = rotated(before, seededRandom(2), nowMs);
  const headers = signatureHeaders(content, after, nowMs);
  expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
  for (const { signing } of [before, after])
    expect(new Webhook(signing).verify(content.text, headers)).toEqual({ a: 1 });
  expect(signatureHeaders(content, after, nowMs + 86_400_000)["webhook-signature"].split(" ")).toHaveLength(
    1,
  );
});
