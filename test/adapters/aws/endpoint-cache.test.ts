import { EndpointCache as OfTheSdk } from "@aws-sdk/endpoint-cache";
import { EndpointCache } from "../../../lib/adapters/aws/endpoint-cache.js";

describe.each([
  ["ours", () => new EndpointCache()],
  ["the SDK's, which it stands in for", () => new OfTheSdk(10)],
])("a cache of endpoints, %s", (_, make) => {
  const one = { Address: "dynamodb.example.com", CachePeriodInMinutes: 5 };

  it("GIVEN nothing WHEN it is asked THEN it knows nothing", () => {
    const cache = make();
    expect([cache.has("k"), cache.get("k"), cache.getEndpoint("k")]).toEqual([false, undefined, undefined]);
  });

  it("GIVEN an endpoint WHEN it is asked THEN it gives it, under its key only", () => {
    const cache = make();
    cache.set("k", [one]);
    expect([cache.has("k"), cache.getEndpoint("k"), cache.get("k")?.length]).toEqual([true, one.Address, 1]);
    expect(cache.getEndpoint("other")).toBeUndefined();
  });

  it("GIVEN an endpoint whose time is over WHEN it is asked THEN it gives none", () => {
    const cache = make();
    cache.set("k", [{ ...one, CachePeriodInMinutes: -1 }]);
    expect(cache.getEndpoint("k")).toBeUndefined();
  });

  it.each(["delete", "clear"] as const)(
    "GIVEN an endpoint WHEN it is taken away by %s THEN it is gone",
    (by) => {
      const cache = make();
      cache.set("k", [one]);
      cache[by]("k");
      expect([cache.has("k"), cache.getEndpoint("k")]).toEqual([false, undefined]);
    },
  );
});
