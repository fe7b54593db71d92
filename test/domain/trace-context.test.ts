import { commonTrace, traceContextIn } from "../../lib/domain/trace-context.js";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const PARENT = `00-${TRACE}-${SPAN}-01`;

it.each([
  ["as it is", PARENT, PARENT],
  ["of one that is not sampled", `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
  ["with flags of a later level", `00-${TRACE}-${SPAN}-03`, `00-${TRACE}-${SPAN}-03`],
  ["with spaces around it, as headers may have", `  ${PARENT} `, PARENT],
  ["of a later version, as far as it is known", `cc-${TRACE}-${SPAN}-ff-what-the-future-adds`, PARENT],
])("GIVEN a traceparent %s WHEN it is taken THEN it is passed on", (_, given, expected) => {
  expect(traceContextIn(given)).toEqual({ traceparent: expected });
});

it.each([
  ["nothing", undefined],
  ["an empty text", ""],
  ["no text", 7],
  ["capitals", PARENT.toUpperCase()],
  ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["the version that is none", `ff-${TRACE}-${SPAN}-01`],
  ["more than its version has", `${PARENT}-more`],
  ["an id that is too short", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["two of them", `${PARENT},${PARENT}`],
  ["a line break", `${PARENT}\nsluice-tag: x`],
])("GIVEN %s as traceparent WHEN it is taken THEN it is left out, and its tracestate with it", (_, given) => {
  expect(traceContextIn(given, "vendor=1")).toBeUndefined();
});

it.each([
  ["one entry", "vendor=abc", "vendor=abc"],
  ["several, with spaces and empty ones", "a=1 , ,\tb@t=2,", "a=1,b@t=2"],
  ["a value with blanks in it", "a=x y", "a=x y"],
])("GIVEN a tracestate of %s WHEN it is taken THEN it is passed on", (_, given, expected) => {
  expect(traceContextIn(PARENT, given)?.tracestate).toBe(expected);
});

it.each([
  ["no value", "a="],
  ["no key", "=1"],
  ["no sign between", "a"],
  ["capitals in a key", "A=1"],
  ["one key twice", "a=1,a=2"],
  ["a second sign", "a=1=2"],
  ["characters beyond ASCII", "a=ü"],
  ["a line break", "a=1\r\nx: y"],
  ["more than 32 entries", Array.from({ length: 33 }, (_, nth) => `k${nth}=1`).join(",")],
  ["nothing but commas", ",,"],
])(
  "GIVEN a tracestate with %s WHEN it is taken THEN it is left out, and the traceparent stays",
  (_, given) => {
    expect(traceContextIn(PARENT, given)).toEqual({ traceparent: PARENT });
  },
);

it("GIVEN a tracestate of more than 512 characters WHEN it is taken THEN long entries go first, then the last", () => {
  const long = `long=${"x".repeat(200)}`;
  const short = Array.from({ length: 10 }, (_, nth) => `k${nth}=${"y".repeat(50)}`);
  const left = traceContextIn(PARENT, [short[0], long, ...short.slice(1)].join(","))?.tracestate ?? "";
  expect(left.length).toBeLessThanOrEqual(512);
  expect(left).toBe(short.slice(0, 9).join(","));
  expect(
    traceContextIn(PARENT, [long, `other=${"x".repeat(240)}`, `third=${"x".repeat(240)}`].join(",")),
  ).toEqual({
    traceparent: PARENT,
  });
});

it("GIVEN messages that go together WHEN they are of one trace THEN it is theirs, and otherwise nobody's", () => {
  const one = { traceparent: PARENT, tracestate: "a=1" };
  expect(commonTrace([one, { ...one }])).toEqual(one);
  expect(commonTrace([{ traceparent: PARENT }])).toEqual({ traceparent: PARENT });
  expect(commonTrace([one, { traceparent: PARENT }])).toBeUndefined();
  expect(commonTrace([one, {}])).toBeUndefined();
  expect(commonTrace([{}, one])).toBeUndefined();
  expect(commonTrace([])).toBeUndefined();
});
