import { COMBINED } from "./combined-examples.js";
import { type Example, detail, one } from "./example.js";

/** A pattern of one value below `detail`. */
const field = (
  name: string,
  path: string,
  matcher: unknown,
  matching: readonly unknown[],
  others: readonly unknown[],
): Example =>
  one(
    name,
    detail({ [path]: [matcher] }),
    matching.map((value) => detail({ [path]: value })),
    others.map((value) => detail({ [path]: value })),
  );

const SIMPLE: readonly Example[] = [
  one(
    "and",
    { Location: ["New York"], Day: ["Monday"] },
    [{ Location: "New York", Day: "Monday" }],
    [{ Location: "New York", Day: "Tuesday" }, { Location: "New York" }],
  ),
  one("or", { PaymentType: ["Credit", "Debit"] }, [{ PaymentType: "Debit" }], [{ PaymentType: "Cash" }]),
  one(
    "or, several fields",
    { Location: ["New York"], $or: [{ Day: ["Monday"] }, { State: ["on"] }] },
    [{ Location: "New York", State: "on" }],
    [{ Location: "New York", Day: "Sunday" }],
  ),
  one("empty", { LastName: [""] }, [{ LastName: "" }], [{ LastName: "a" }, { LastName: null }, {}]),
  one("equals", { Name: ["Alice"] }, [{ Name: "Alice" }, { Name: ["Bob", "Alice"] }], [{ Name: "alice" }]),
  one(
    "equals, ignoring case",
    { Name: [{ "equals-ignore-case": "alice" }] },
    [{ Name: "ALICE" }],
    [{ Name: "al" }],
  ),
  one("exists", { ProductName: [{ exists: true }] }, [{ ProductName: null }], [{ ProductName: {} }, {}]),
  one("does not exist", { ProductName: [{ exists: false }] }, [{}], [{ ProductName: "a" }]),
  one(
    "not",
    { Weather: [{ "anything-but": ["Raining"] }] },
    [{ Weather: "Dry" }],
    [{ Weather: "Raining" }, {}],
  ),
  one("null", { UserID: [null] }, [{ UserID: null }], [{ UserID: "null" }, { UserID: "" }, {}]),
  one(
    "numeric equals",
    { Price: [{ numeric: ["=", 100] }] },
    [{ Price: 100 }, { Price: 1e2 }],
    [{ Price: "100" }],
  ),
  one("numeric range", { Price: [{ numeric: [">", 10, "<=", 20] }] }, [{ Price: 20 }], [{ Price: 10 }]),
  one("begins with", { Region: [{ prefix: "us-" }] }, [{ Region: "us-east-1" }], [{ Region: "eu-us-" }]),
  one(
    "prefix of a time",
    { time: [{ prefix: "2017-10-02" }] },
    [{ time: "2017-10-02T18:43:48Z" }],
    [{ time: "2017-10-03T18:43:48Z" }],
  ),
  one("ends with", { FileName: [{ suffix: ".png" }] }, [{ FileName: "a.png" }], [{ FileName: "a.PNG" }]),
  one(
    "array",
    { resources: ["b", "x"] },
    [{ resources: ["a", "b"] }],
    [{ resources: ["a", "c"] }, { resources: [] }],
  ),
];

const DETAIL: readonly Example[] = [
  field(
    "prefix, ignoring case",
    "service",
    { prefix: { "equals-ignore-case": "EventB" } },
    ["eventbridge", "EVENTB"],
    ["bridge"],
  ),
  field(
    "suffix, ignoring case",
    "FileName",
    { suffix: { "equals-ignore-case": ".png" } },
    [".PNG", "a.pNg"],
    ["a.pn"],
  ),
  field(
    "suffix, ignoring case",
    "service",
    { suffix: { "equals-ignore-case": "tbridge" } },
    ["EvenTBridge"],
    ["x"],
  ),
  field(
    "anything but text",
    "state",
    { "anything-but": "initializing" },
    ["running", 5, null, true],
    ["initializing"],
  ),
  field("anything but a number", "x-limit", { "anything-but": 123 }, [124, "123"], [123, 123.0]),
  field(
    "anything but texts",
    "state",
    { "anything-but": ["stopped", "overloaded"] },
    ["running"],
    ["stopped"],
  ),
  field("anything but numbers", "x-limit", { "anything-but": [100, 200, 300] }, [301.8], [200]),
  field(
    "anything but, any case",
    "state",
    { "anything-but": { "equals-ignore-case": "initializing" } },
    ["on"],
    ["INITIALIZING"],
  ),
  field(
    "anything but, any case",
    "state",
    { "anything-but": { "equals-ignore-case": ["initializing", "stopped"] } },
    ["on"],
    ["Stopped"],
  ),
  field(
    "anything but a prefix",
    "state",
    { "anything-but": { prefix: "init" } },
    ["running"],
    ["initializing", "init"],
  ),
  field(
    "anything but prefixes",
    "state",
    { "anything-but": { prefix: ["init", "error"] } },
    ["running"],
    ["errors"],
  ),
  field("anything but a suffix", "FileName", { "anything-but": { suffix: ".txt" } }, [".png"], ["a.txt"]),
  field(
    "anything but suffixes",
    "FileName",
    { "anything-but": { suffix: [".txt", ".rtf"] } },
    [".png"],
    ["a.rtf"],
  ),
  field(
    "anything but a wildcard",
    "FilePath",
    { "anything-but": { wildcard: "*/lib/*" } },
    ["/bin/a"],
    ["/usr/lib/a"],
  ),
  field(
    "anything but wildcards",
    "FilePath",
    { "anything-but": { wildcard: ["*/lib/*", "*/bin/*"] } },
    ["/a"],
    ["/bin/a"],
  ),
  field(
    "addresses",
    "sourceIPAddress",
    { cidr: "10.0.0.0/24" },
    ["10.0.0.0", "10.0.0.255"],
    ["10.0.1.0", "a", 10],
  ),
  field("addresses of IPv6", "sourceIPAddress", { cidr: "2001:db8::/32" }, ["2001:db8::1"], ["2001:db9::1"]),
  field("not there", "c-count", { exists: false }, [{ c1: 100 }, []], [5, null, [5]]),
  field("there", "state", { exists: true }, ["running", null], [{ a: 1 }]),
  field(
    "wildcard in a path",
    "EventBusArn",
    { wildcard: "arn:aws:events:us-east-1:*:event-bus/*" },
    ["arn:aws:events:us-east-1:123:event-bus/a"],
    ["arn:aws:events:eu-west-1:123:event-bus/a"],
  ),
  field(
    "wildcard with an end",
    "FilePath",
    { wildcard: "dir/*.png" },
    ["dir/a.png", "dir/.png"],
    ["dir/a.jpg"],
  ),
  field("escaped wildcard", "state", { wildcard: "a\\*b\\\\*" }, ["a*b\\c"], ["axb\\c"]),
  field("a number in several forms", "x-limit", { numeric: ["=", 3.018e2] }, [301.8], [301.9, "301.8"]),
];

/**
 * The examples of Amazon EventBridge's user guide (event patterns: comparison operators, arrays, `null` and empty text)
 * and of event-ruler's README.
 */
export const PUBLISHED: readonly Example[] = [...SIMPLE, ...DETAIL, ...COMBINED];

/** What the same pages say is refused. */
export const PUBLISHED_REFUSED: readonly object[] = [
  { a: [] },
  { a: {} },
  { a: "b" },
  { a: [{ wildcard: "a**b" }] },
  { a: [{ wildcard: "a\\b" }] },
  { a: [{ "anything-but": ["a", 1] }] },
  { a: [{ nothing: "a" }] },
  { $or: [{ a: [1] }] },
  { $or: [{ numeric: [123] }, { prefix: ["abc"] }] },
];
