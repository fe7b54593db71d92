import { targetPolicyIn } from "../lib/webhooks.js";

it("allows the public internet alone where nothing is set", () => {
  expect(targetPolicyIn({})).toEqual({ allowPrivate: false, allowed: [] });
});

it("takes a deployment's list, and private targets for development", () => {
  const environment = { SLUICE_WEBHOOK_ALLOW: "10.1.0.0/16,*.corp.example,a.example:8444" };
  expect(targetPolicyIn(environment)).toMatchObject({
    allowPrivate: false,
    allowed: [
      { kind: "block" },
      { kind: "host", host: "*.corp.example" },
      { kind: "host", host: "a.example", port: 8_444 },
    ],
  });
  expect(targetPolicyIn({ SLUICE_PRIVATE_TARGETS: "allow" }).allowPrivate).toBe(true);
  expect(targetPolicyIn({ SLUICE_PRIVATE_TARGETS: "no" }).allowPrivate).toBe(false);
});

it("names an entry that is wrong", () => {
  expect(() => targetPolicyIn({ SLUICE_WEBHOOK_ALLOW: "10.0.0.0/8,https://x" })).toThrow('has "https://x"');
});
