import { Conflict, IdempotencyKeyReused } from "../../domain/errors.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { SentRequest } from "../../domain/sent-request.js";
import { togetherResultsIn } from "../../domain/sent-together.js";

/**
 * What the messages at these places of a request were answered when it was stored, by the record that its key claimed
 * then. @throws {IdempotencyKeyReused} {Conflict} if what is there cannot be read
 */
export function answeredThen(
  request: SentRequest,
  places: readonly number[],
  value: string | undefined,
): ReadonlyMap<number, PublishResult> {
  const results = togetherResultsIn(request, places, value);
  if (results === "other") throw new IdempotencyKeyReused();
  if (!results) throw new Conflict("answering a request that was sent again");
  return new Map(places.map((place, at) => [place, results[at] as PublishResult]));
}
