import { PUBLIC_TARGETS, type TargetPolicy } from "../../../lib/domain/webhook/target-policy.js";
import { checkedUrl } from "../../../lib/domain/webhook/url.js";
import { ALLOWED_URLS, FORBIDDEN_URLS } from "./forbidden-urls.js";

const LOCAL: TargetPolicy = { allowPrivate: true, allowed: [] };

const wrongWith = (url: string, policy = PUBLIC_TARGETS): string | undefined => {
  const checked = checkedUrl(url, policy);
  return "wrong" in checked ? checked.wrong : undefined;
};

it("GIVEN the corpus WHEN it is counted THEN it has at least 150 URLs, each once", () => {
  const all = FORBIDDEN_URLS.map(({ url }) => url);
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(150);
});

it.each(FORBIDDEN_URLS.filter(({ resolves }) => !resolves).map(({ why, url }) => [why, url]))(
  "refuses what is %s: %j",
  (_why, url) => {
    expect(wrongWith(url)).toMatch(/^must /);
  },
);

it.each(ALLOWED_URLS)("takes %s", (url) => {
  expect(checkedUrl(url, PUBLIC_TARGETS)).toMatchObject({ href: new URL(url).href });
});

it.each([
  ["http://localhost:3000/hook", { host: "localhost", port: 3_000 }],
  ["http://127.0.0.1/", { host: "127.0.0.1", port: 80 }],
  ["https://[::1]:9000/", { host: "::1", port: 9_000 }],
  ["http://10.0.0.1:8080/", { host: "10.0.0.1", port: 8_080 }],
  ["http://api/", { host: "api", port: 80 }],
])("takes %s where private targets are allowed", (url, destination) => {
  expect(checkedUrl(url, LOCAL)).toMatchObject({ destination });
});

it.each([
  "http://169.254.169.254/latest/meta-data/",
  "http://[fe80::1]/",
  "http://0.0.0.0/",
  "http://0x7f.1/",
  "http://user@localhost/",
  "http://[64:ff9b::a00:1]/",
])("refuses %s even where private targets are allowed", (url) => {
  expect(wrongWith(url, LOCAL)).toMatch(/^must /);
});

it("GIVEN a wrong URL with a secret in it WHEN it is refused THEN the secret is not repeated", () => {
  expect(wrongWith("https://user:hunter2@example.com/?token=hunter2")).not.toContain("hunter2");
});
