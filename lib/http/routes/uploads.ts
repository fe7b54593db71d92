import { InvalidRequest } from "../../domain/errors.js";
import { bodyUrl } from "../../operations/upload/body-url.js";
import { requestUpload } from "../../operations/upload/request-upload.js";
import { timeText } from "../answers.js";
import { TopicPath } from "../contracts/common.js";
import { MessagePath } from "../contracts/scheduled.js";
import { UploadAnswer, UploadBody } from "../contracts/upload.js";
import { given } from "../given.js";
import { route } from "../route.js";
import { BYTES_TYPE, deliverAt } from "./publish.js";

export const uploadRoutes = [
  route({
    id: "requestUpload",
    method: "POST",
    path: "/v1/topics/{topic}/uploads",
    summary: "A URL to upload a body of up to 5 GB to, which is then published by its uploadId",
    params: TopicPath,
    body: UploadBody,
    answer: UploadAnswer,
    errors: ["topic-not-found", "topic-paused"],
    handle: async (engine, { params: { topic }, body }) => {
      const { sizeBytes, contentType = BYTES_TYPE, sha256 } = body;
      const deliverAtMs = deliverAt(body, engine.clock.nowMs());
      if (deliverAtMs instanceof InvalidRequest) throw deliverAtMs;
      const request = { sizeBytes, contentType, ...given({ sha256, deliverAtMs }) };
      const { uploadId, url, headers, expiresAtMs } = await requestUpload(engine, topic, request);
      return { body: { uploadId, url, headers: { ...headers }, expiresAt: timeText(expiresAtMs) } };
    },
  }),
  route({
    id: "getMessageBody",
    method: "GET",
    path: "/v1/messages/{id}/body",
    summary: "Leads to the bytes of a body that was uploaded: a message's bodyUrl, which does not age",
    params: MessagePath,
    statuses: [307],
    errors: ["topic-not-found", "message-not-found", "message-out-of-reach"],
    handle: async (engine, { params }) => ({ status: 307, location: await bodyUrl(engine, params.id) }),
  }),
];
