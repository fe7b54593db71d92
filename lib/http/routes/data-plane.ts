import type { Route } from "../route.js";
import { consumeRoutes } from "./consume.js";
import { publishRawRoute } from "./publish-raw.js";
import { publishTopicsRoute } from "./publish-topics.js";
import { publishRoute } from "./publish.js";
import { readRoute } from "./read.js";

/** What messages come and go by. A function loads these when it starts, and the others when it is asked for one. */
export const dataPlaneRoutes: readonly Route[] = [
  publishRoute,
  publishRawRoute,
  publishTopicsRoute,
  readRoute,
  ...consumeRoutes,
];
