import {
  type TargetPolicy,
  allowedTarget,
  forbiddenKind,
  isAllowedHost,
  isAllowedPort,
} from "../../../lib/domain/webhook/target-policy.js";

const policy = (...entries: readonly string[]): TargetPolicy => ({
  allowPrivate: false,
  allowed: entries.map((entry) => {
    const allowed = allowedTarget(entry);
    if (!allowed) throw new Error(`${entry} is wrong`);
    return allowed;
  }),
});
const at = (host: string, port = 443) => ({ host, port });

it.each([
  "https://example.com",
  "example.com:0",
  "example.com:65536",
  "example.com:",
  "a b",
  "",
  "10.0.0.0/40",
  "*",
])("GIVEN %j WHEN it is read as an entry THEN it is refused", (entry) => {
  expect(allowedTarget(entry)).toBeUndefined();
});

describe("a name on the list", () => {
  it("may lead to private addresses, and to no others", () => {
    const hooks = policy("hooks.corp.example");
    const kinds = ["10.0.0.1", "fd00::1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "::1", "0.0.0.0"];
    expect(kinds.map((address) => forbiddenKind(address, hooks, at("hooks.corp.example")))).toEqual([
      undefined,
      undefined,
      undefined,
      "loopback",
      "link-local",
      "loopback",
      "unspecified",
    ]);
    expect(forbiddenKind("10.0.0.1", hooks, at("other.corp.example"))).toBe("private");
  });

  it("with a star stands for all names under it, and not for itself", () => {
    const all = policy("*.Corp.Example");
    const hosts = [
      "a.corp.example",
      "a.b.corp.example",
      "corp.example",
      "evilcorp.example",
      "corp.example.com",
    ];
    expect(hosts.map((host) => isAllowedHost(all, at(host)))).toEqual([true, true, false, false, false]);
  });

  it("with a port opens that port for it alone", () => {
    const hooks = policy("hooks.example.com:8444");
    expect(isAllowedPort(hooks, at("hooks.example.com", 8_444))).toBe(true);
    expect(isAllowedPort(hooks, at("hooks.example.com", 8_445))).toBe(false);
    expect(isAllowedPort(hooks, at("other.example.com", 8_444))).toBe(false);
    expect(isAllowedPort(hooks, at("other.example.com", 8_443))).toBe(true);
  });
});

it("GIVEN a block on the list WHEN an address is in it THEN it is allowed, whatever it is", () => {
  const block = policy("10.1.0.0/16", "127.0.0.0/8");
  expect(forbiddenKind("10.1.2.3", block, at("any.example.com"))).toBeUndefined();
  expect(forbiddenKind("127.0.0.1", block, at("any.example.com"))).toBeUndefined();
  expect(forbiddenKind("10.2.0.1", block, at("any.example.com"))).toBe("private");
});

it("GIVEN private targets allowed WHEN an address is link-local THEN it is refused all the same", () => {
  const local: TargetPolicy = { allowPrivate: true, allowed: [] };
  expect(
    ["127.0.0.1", "10.0.0.1", "8.8.8.8"].map((address) => forbiddenKind(address, local, at("x"))),
  ).toEqual([undefined, undefined, undefined]);
  expect(forbiddenKind("169.254.169.254", local, at("x"))).toBe("link-local");
  expect(isAllowedPort(local, at("x", 22))).toBe(true);
});
