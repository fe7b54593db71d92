const TOPIC_A = "/v1/topics/a/subscriptions";

/**
 * Spellings of a path under topic `a` that somebody on the way may read as another path: a URL parser, a gateway, a
 * proxy. A policy for topic `a` allows each, as text.
 */
export const UNCLEAN_PATHS: readonly string[] = [
  `${TOPIC_A}/../../b/subscriptions/audit/receive`,
  `${TOPIC_A}/%2e%2e/%2e%2e/b/subscriptions/audit/receive`,
  `${TOPIC_A}/.%2E/%2E./b/subscriptions/audit/receive`,
  `${TOPIC_A}\\..\\..\\b\\subscriptions\\audit\\receive`,
  `${TOPIC_A}/..\\..\\b/subscriptions/audit/receive`,
  `${TOPIC_A}%2f..%2f..%2fb/subscriptions/audit/receive`,
  `${TOPIC_A}%5c..%5c..%5cb/subscriptions/audit/receive`,
  `${TOPIC_A}/audit/receive%23/x`,
  `${TOPIC_A}/audit/receive#/x`,
  `${TOPIC_A}/audit/receive%3Fx`,
  `${TOPIC_A}/audit/./receive`,
  `${TOPIC_A}//audit/receive`,
  `/${TOPIC_A}/audit/receive`,
  `${TOPIC_A}/audit/receive/..`,
  `${TOPIC_A}/%61udit/receive`,
  `${TOPIC_A}/audit%00/receive`,
  `${TOPIC_A}/audit%/receive`,
  `${TOPIC_A}/audit/receive%0a`,
];

/** The same kind, as only a gateway that has decoded a path can show them. */
export const UNCLEAN_TEXTS: readonly string[] = [
  `${TOPIC_A}/audit/receive?x`,
  `${TOPIC_A}/..\t/b`,
  `${TOPIC_A}/.\n./.\n./b/subscriptions/audit/receive`,
  `${TOPIC_A}/audit\u0000/receive`,
  `${TOPIC_A}/audit\u007f/receive`,
  `${TOPIC_A}/audit/receive `,
  `${TOPIC_A}/\uff0e\uff0e/\uff0e\uff0e/b/subscriptions/audit/receive`,
  `${TOPIC_A}/aud\u00eft/receive`,
  "",
  "v1/topics/a",
  "https://api/v1/topics/a",
];
