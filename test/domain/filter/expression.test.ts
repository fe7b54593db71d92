import { ABSENT, Mistake, matcherOf } from "../../../lib/domain/filter/expression.js";
import { jsonTree } from "../../../lib/domain/filter/json-tree.js";

const read = (text: string) => {
  const node = jsonTree(text);
  if (!node) throw new Error("too deep");
  return matcherOf(node, "tag[0]");
};

it.each([
  ['"a"', '"a"'],
  ["5", "5"],
  ["null", "null"],
  ["12345678901234567890", "12345678901234567890"],
  ['{"exactly":"10.0.0.1"}', '"10.0.0.1"'],
  ['"10.0.0.1"', "the address 10.0.0.1"],
  ['{"prefix":"a"}', 'text that begins with "a"'],
  ['{"suffix":"a"}', 'text that ends with "a"'],
  ['{"equals-ignore-case":"a"}', '"a" in upper or lower case'],
  ['{"prefix":{"equals-ignore-case":"a"}}', 'text that begins with "a" in upper or lower case'],
  ['{"suffix":{"equals-ignore-case":"a"}}', 'text that ends with "a" in upper or lower case'],
  ['{"wildcard":"a*"}', 'text like "a*"'],
  ['{"cidr":"10.0.0.0/8"}', "an IP address in 10.0.0.0/8"],
  ['{"numeric":["=",3.018e2]}', "a number equal to 301.8"],
  ['{"numeric":[">",0,"<=",5]}', "a number above 0 and of at most 5"],
  ['{"numeric":[">=",-1]}', "a number of at least -1"],
  ['{"exists":true}', "any value"],
  ['{"anything-but":"a"}', 'anything but "a"'],
  ['{"anything-but":[1,2]}', "anything but 1 or 2"],
  [
    '{"anything-but":{"prefix":["a","b"]}}',
    'anything but text that begins with "a" or text that begins with "b"',
  ],
  ['{"anything-but":{"suffix":"a"}}', 'anything but text that ends with "a"'],
  ['{"anything-but":{"wildcard":"*a*"}}', 'anything but text like "*a*"'],
  ['{"anything-but":{"equals-ignore-case":["a"]}}', 'anything but "a" in upper or lower case'],
])("GIVEN %s WHEN it is read THEN it wants %s", (text, wanted) => {
  expect(read(text)).toMatchObject({ wanted });
});

it('GIVEN {"exists": false} WHEN it is read THEN it wants nothing to be there', () => {
  expect(read('{"exists":false}')).toBe(ABSENT);
});

it.each([
  ["[1]", "tag[0]"],
  ["{}", "tag[0]"],
  ['{"prefix":"a","suffix":"b"}', "tag[0]"],
  ['{"starts-with":"a"}', "tag[0].starts-with"],
  ['{"toString":"a"}', "tag[0].toString"],
  ['{"exactly":1}', "tag[0].exactly"],
  ['{"prefix":1}', "tag[0].prefix"],
  ['{"prefix":{"suffix":"a"}}', "tag[0].prefix.suffix"],
  ['{"prefix":{"equals-ignore-case":null}}', "tag[0].prefix.equals-ignore-case"],
  ['{"equals-ignore-case":["a"]}', "tag[0].equals-ignore-case"],
  ['{"wildcard":"a**"}', "tag[0].wildcard"],
  ['{"exists":"yes"}', "tag[0].exists"],
  ['{"cidr":"10.0.0.0"}', "tag[0].cidr"],
  ['{"numeric":5}', "tag[0].numeric"],
  ['{"numeric":[]}', "tag[0].numeric"],
  ['{"numeric":["!",5]}', "tag[0].numeric[0]"],
  ['{"numeric":["="]}', "tag[0].numeric[1]"],
  ['{"numeric":["=","5"]}', "tag[0].numeric[1]"],
  ['{"numeric":["=",12345678901234567890]}', "tag[0].numeric[1]"],
  ['{"numeric":["<",5,">",0]}', "tag[0].numeric"],
  ['{"numeric":[">",5,"<",5]}', "tag[0].numeric[3]"],
  ['{"numeric":[">",0,"<",5,"<",6]}', "tag[0].numeric[4]"],
  ['{"anything-but":[]}', "tag[0].anything-but"],
  ['{"anything-but":["a",1]}', "tag[0].anything-but[1]"],
  ['{"anything-but":[true]}', "tag[0].anything-but[0]"],
  ['{"anything-but":12345678901234567890}', "tag[0].anything-but"],
  ['{"anything-but":{"prefix":["a",""]}}', "tag[0].anything-but.prefix[1]"],
  ['{"anything-but":{"numeric":["=",1]}}', "tag[0].anything-but.numeric"],
  ['{"anything-but":{"prefix":[]}}', "tag[0].anything-but.prefix"],
])("GIVEN %s WHEN it is read THEN the mistake is found at %s", (text, path) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ path }));
  expect(() => read(text)).toThrow(Mistake);
});
