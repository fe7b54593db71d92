import { InexactNumber } from "../../../lib/domain/filter/json-tree.js";
import { isObject, viewOf } from "../../../lib/domain/filter/view.js";

const JSON_TYPE = "application/json";
const bodyOf = (body: string | Uint8Array, contentType = JSON_TYPE) => viewOf({ body, contentType }).body();

it("shows key, tag, attributes and the value of a JSON body, in text or bytes", () => {
  const view = viewOf({ key: "k", tag: "t", attributes: { a: 1 }, body: '{"b":1}', contentType: JSON_TYPE });
  expect(view).toMatchObject({ key: "k", tag: "t", attributes: { a: 1 } });
  expect(view.body()).toEqual({ b: 1 });
  expect(bodyOf(Buffer.from('{"b":1}'), "application/cloudevents+json; charset=utf-8")).toEqual({ b: 1 });
});

it("GIVEN a body that is not JSON WHEN it is looked at THEN it has no value", () => {
  expect(bodyOf('{"b":1}', "text/plain")).toBeUndefined();
  expect(bodyOf("{b:1}")).toBeUndefined();
  expect(bodyOf(Uint8Array.of(0xff))).toBeUndefined();
  expect(viewOf({}).body()).toBeUndefined();
});

it("GIVEN numbers that a double cannot hold WHEN the body is looked at THEN they keep their digits", () => {
  expect(bodyOf("[9007199254740993,1e400,5e-324,9007199254740992,1.10]")).toEqual([
    new InexactNumber("9007199254740993"),
    new InexactNumber("1e400"),
    5e-324,
    9007199254740992,
    1.1,
  ]);
  expect(bodyOf('{"a":1,"a":12345678901234567890}')).toEqual({
    a: new InexactNumber("12345678901234567890"),
  });
});

it("GIVEN one view WHEN several filters look at the body THEN it is parsed once", () => {
  const view = viewOf({ body: '{"b":1}', contentType: JSON_TYPE });
  expect(view.body()).toBe(view.body());
});

it("GIVEN a body that is deeper than any reader WHEN it is looked at THEN it has no value, and nothing fails", () => {
  expect(bodyOf(`${"[".repeat(100_000)}12345678901234567890${"]".repeat(100_000)}`)).toBeUndefined();
});

it("tells what has values below it", () => {
  expect([{}, [], new InexactNumber("1"), null, "a", undefined].map(isObject)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
