import { z } from "zod";
import { openApiDocument } from "../openapi.js";
import { type Route, route } from "../route.js";
import { dataPlaneRoutes } from "./data-plane.js";
import { testFilterRoute } from "./filters.js";
import { deadLetterRoutes } from "./dead-letters.js";
import { doctorRoutes } from "./doctor.js";
import { eraseRoute } from "./erase.js";
import { foundMessageRoutes } from "./found-message.js";
import { messageRoutes } from "./messages.js";
import { outboxRoute } from "./outbox.js";
import { redriveRoutes } from "./redrive.js";
import { replayRoutes } from "./replay.js";
import { scheduleRoutes } from "./schedules.js";
import { scheduledRoutes } from "./scheduled.js";
import { subscriptionRoutes } from "./subscriptions.js";
import { topicRoutes } from "./topics.js";
import { uploadRoutes } from "./uploads.js";
import { webhookRoutes } from "./webhooks.js";

const health = route({
  id: "health",
  method: "GET",
  path: "/v1/health",
  summary: "Whether the API answers",
  answer: z.object({ status: z.literal("ok") }),
  errors: [],
  isStoreless: true,
  handle: () => Promise.resolve({ body: { status: "ok" as const } }),
});

const openApi: Route = route({
  id: "openApi",
  method: "GET",
  path: "/v1/openapi.json",
  summary: "This document",
  answer: z.looseObject({ openapi: z.string() }),
  errors: [],
  isStoreless: true,
  handle: () => Promise.resolve({ body: openApiDocument(routes) }),
});

/** Every route of the API. A function reads them once it is asked for one that is not of the data plane. */
export const routes: readonly Route[] = [
  ...dataPlaneRoutes,
  ...topicRoutes,
  outboxRoute,
  ...subscriptionRoutes,
  ...webhookRoutes,
  testFilterRoute,
  ...deadLetterRoutes,
  ...redriveRoutes,
  ...replayRoutes,
  ...messageRoutes,
  ...scheduledRoutes,
  ...scheduleRoutes,
  ...foundMessageRoutes,
  eraseRoute,
  ...uploadRoutes,
  ...doctorRoutes,
  health,
  openApi,
];
