import { isSelected, isUnreadable, selectionText } from "../../lib/domain/reading.js";

it.each([
  [{}, { key: "a" }, true],
  [{ key: "a" }, { key: "a" }, true],
  [{ key: "a" }, {}, false],
  [{ businessKey: "7" }, { key: "a", businessKey: "7" }, true],
  [{ key: "a", businessKey: "7" }, { key: "a" }, false],
])("GIVEN the selection %j WHEN a message has %j THEN it is selected: %s", (selection, message, expected) => {
  expect(isSelected(selection, message)).toBe(expected);
});

it("GIVEN selections that differ WHEN they are written THEN no two have the same text", () => {
  const texts = [{}, { key: "a" }, { businessKey: "a" }, { key: "a", businessKey: "a" }, { key: '","' }];
  expect(new Set(texts.map(selectionText)).size).toBe(texts.length);
  expect(selectionText({ businessKey: "b", key: "a" })).toBe(selectionText({ key: "a", businessKey: "b" }));
});

it("GIVEN a message that cannot be read WHEN it is asked for THEN it is told from one that can", () => {
  const place = { id: "orders.u.0.1", partition: 0, offset: 1, publishedAtMs: 1 };
  expect(isUnreadable({ ...place, unreadable: "segment-missing" })).toBe(true);
  expect(isUnreadable({ ...place, body: "1", contentType: "application/json" })).toBe(false);
});
