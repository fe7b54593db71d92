import { beginsWith, endsWith, isSpelledBy, lettersOf } from "../../../lib/domain/filter/letters.js";

it.each([
  ["abc", "ABC", true],
  ["ABC", "aBc", true],
  ["abc", "abcd", false],
  ["é", "É", true],
  ["straße", "STRASSE", true],
  ["STRASSE", "straße", false],
  ["İ", "i̇", true],
  ["😀a", "😀A", true],
  ["k", "\u212a", false],
  ["", "", true],
  ["", "a", false],
])("GIVEN the letters of %j WHEN they are compared with %j THEN it is %s", (letters, text, isSame) => {
  expect(isSpelledBy(lettersOf(letters), text)).toBe(isSame);
});

it.each([
  ["ab", "ABc", "cAB"],
  ["ß", "SSx", "xss".toUpperCase()],
  ["", "a", "a"],
])("GIVEN the letters of %j WHEN a text begins or ends with them THEN it is seen", (text, start, end) => {
  const letters = lettersOf(text);
  expect([beginsWith(letters, start), endsWith(letters, end)]).toEqual([true, true]);
  expect([
    beginsWith(letters, `-${start}`) && text !== "",
    endsWith(letters, `${end}-`) && text !== "",
  ]).toEqual([false, false]);
});
