import { endpointIn } from "../adapters/endpoint.js";
import { dynamoDbContract } from "./dynamodb.js";

/** An implementation of its own: what both say alike is no quirk of one. */
describe("MiniStack", () => {
  dynamoDbContract(endpointIn(["SLUICE_TEST_MINISTACK"], "MiniStack"));
});
