import { endpointIn } from "../adapters/endpoint.js";
import { dynamoDbContract } from "./dynamodb.js";

/** AWS's own stand-in: it knows DynamoDB's rules best. */
describe("DynamoDB Local", () => {
  dynamoDbContract(endpointIn(["SLUICE_TEST_DYNAMODB"], "DynamoDB Local"));
});
