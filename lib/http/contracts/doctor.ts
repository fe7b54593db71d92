import { z } from "zod";
import { FINDING_CODES } from "../../domain/finding.js";
import { Name, PageQuery, Time, wholeNumber } from "./common.js";

/** A year, which is as long as a message is kept. */
const AGE_SECONDS_AT_MOST = 31_536_000;
const MAX_AGE_SECONDS = 300;

export const DoctorQuery = PageQuery.extend({
  limit: wholeNumber(1, 100).default(50).meta({
    description: "About how many topics and subscriptions are looked at; fewer where that takes long",
  }),
  maxAgeSeconds: wholeNumber(1, AGE_SECONDS_AT_MOST)
    .default(MAX_AGE_SECONDS)
    .meta({ description: "How old a message may be that is not done", default: MAX_AGE_SECONDS }),
});

export const FindingAnswer = z
  .object({
    level: z.enum(["wrong", "note"]).meta({
      description:
        "wrong: messages wait, or are lost, until somebody does something. note: somebody may have meant it",
    }),
    code: z.enum(FINDING_CODES).meta({ description: "What it is, by a name that does not change" }),
    topic: Name.optional().meta({ description: "Not of what concerns no single topic" }),
    subscription: Name.optional(),
    what: z.string(),
    since: Time.optional().meta({ description: "Since when, where it is known" }),
    advice: z.string().meta({ description: "What to do, in commands where there is one" }),
  })
  .meta({ id: "Finding" });

export const DiagnosisAnswer = z
  .object({
    looked: z
      .object({ topics: z.number().int(), subscriptions: z.number().int() })
      .meta({ description: "How many this answer is about" }),
    findings: z.array(FindingAnswer),
    nextCursor: z.string().optional().meta({ description: "Where to go on; without it all was looked at" }),
  })
  .meta({ id: "Diagnosis" });
