import { PageQuery, Text, wholeNumber } from "./common.js";
import { metaFields } from "./message.js";

const ATTEMPTS_AT_MOST = 999_999_999;

/** Which messages of a list are asked for: those that are all of this. */
export const MessageQuery = PageQuery.extend({
  key: metaFields.key.optional().meta({ description: "Only those with this ordering key" }),
  tag: metaFields.tag.optional().meta({ description: "Only those with this tag" }),
  minAttempts: wholeNumber(1, ATTEMPTS_AT_MOST)
    .optional()
    .meta({ description: "Only those that were handed out so often at least" }),
  error: Text.min(1)
    .max(256)
    .optional()
    .meta({ description: "Only those whose last error contains this text, in these very letters" }),
});
