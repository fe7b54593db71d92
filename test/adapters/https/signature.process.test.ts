import type { Content } from "../../../lib/adapters/https/content.js";
import { signatureHeaders } from "../../../lib/adapters/https/signature.js";
import { systemRandom } from "../../../lib/adapters/system/random.js";
import { newSecrets, rotated } from "../../../lib/domain/webhook/secrets.js";
import {
  type ReceivedWebhook,
  type Verifier,
  goVerifier,
  pythonVerifier,
} from "../../../local/webhook-verifiers.js";

jest.setTimeout(300_000);

const BODIES = [
  "{}",
  '{"a":1}',
  '{"text":"Grüße, 你好, 🚀"}',
  '{"n":12345678901234567890.10}',
  '{"a": "b.c"}',
  '[{"id":"1"},{"id":"2"}]',
  `{"long":"${"x".repeat(1_000_000)}"}`,
];

const content = (text: string): Content => ({
  id: `orders.abc.0.${text.length}`,
  type: "application/json",
  text,
});

/** Deliveries during a rotation, as receivers with either secret get them. */
function genuine(): readonly ReceivedWebhook[] {
  const nowMs = Date.now();
  return BODIES.flatMap((body) => {
    const before = newSecrets(systemRandom, {});
    const after = rotated(before, systemRandom, nowMs);
    const headers = signatureHeaders(content(body), after, nowMs);
    return [before.signing, after.signing].map((secret) => ({ secret, body, headers }));
  });
}

/** The same with something changed on the way, too old, or from somebody else. */
function forged(): readonly ReceivedWebhook[] {
  const nowMs = Date.now();
  const secrets = newSecrets(systemRandom, {});
  const { signing: secret } = secrets;
  const body = '{"a":1}';
  const headers = signatureHeaders(content(body), secrets, nowMs);
  const old = signatureHeaders(content(body), secrets, nowMs - 600_000);
  const over = rotated(secrets, systemRandom, nowMs - 86_400_001);
  return [
    { secret, body: '{"a":2}', headers },
    { secret, body, headers: { ...headers, "webhook-id": "another" } },
    { secret, body, headers: { ...headers, "webhook-timestamp": String(Math.floor(nowMs / 1_000) + 1) } },
    { secret, body, headers: old },
    { secret: newSecrets(systemRandom, {}).signing, body, headers },
    { secret, body, headers: signatureHeaders(content(body), over, nowMs) },
  ];
}

describe.each<[string, () => Promise<Verifier | { readonly skipped: string }>]>([
  ["Python", pythonVerifier],
  ["Go", goVerifier],
])("Standard Webhooks' library for %s", (language, prepared) => {
  let verify: Verifier | undefined;
  beforeAll(async () => {
    const verifier = await prepared();
    if ("skipped" in verifier) console.warn(`SKIPPED: the library for ${language} ${verifier.skipped}`);
    else verify = verifier;
  });

  it("takes what is signed with either secret during a rotation", async () => {
    if (!verify) return;
    const webhooks = genuine();
    expect(await verify(webhooks)).toEqual(webhooks.map(() => "yes"));
  });

  it("refuses what was changed, is old, or is signed with another secret", async () => {
    if (!verify) return;
    const webhooks = forged();
    expect(await verify(webhooks)).toEqual(webhooks.map(() => expect.stringMatching(/^no: /)));
  });
});
