import { type Example, detail, one } from "./example.js";

const INSTANCE = {
  version: "0",
  id: "ddddd4-aaaa-7777-4444-345dd43cc333",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "012345679012",
  time: "2017-10-02T16:24:49Z",
  region: "us-east-1",
  resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
  detail: {
    "c-count": 5,
    "d-count": 3,
    "x-limit": 301.8,
    "source-ip": "10.0.0.33",
    "instance-id": "i-000000aaaaaa00000",
    state: "running",
  },
};
const instance = (fields: object) => ({ ...INSTANCE, detail: { ...INSTANCE.detail, ...fields } });

const EMPLOYEES = {
  employees: [
    { firstName: "John", lastName: "Doe" },
    { firstName: "Anna", lastName: "Smith" },
    { firstName: "Peter", lastName: "Jones" },
  ],
};

/** Examples of several fields at once. */
export const COMBINED: readonly Example[] = [
  one(
    "simple matching",
    {
      "detail-type": ["EC2 Instance State-change Notification"],
      resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
      detail: { state: ["initializing", "running"] },
    },
    [INSTANCE],
    [instance({ state: "stopped" })],
  ),
  one(
    "numeric, all of several fields",
    detail({
      "c-count": [{ numeric: [">", 0, "<=", 5] }],
      "d-count": [{ numeric: ["<", 10] }],
      "x-limit": [{ numeric: ["=", 3.018e2] }],
    }),
    [INSTANCE],
    [instance({ "c-count": 0 }), instance({ "d-count": 10 }), instance({ "x-limit": 301.81 })],
  ),
  one(
    "a complex example",
    {
      time: [{ prefix: "2017-10-02" }],
      detail: {
        state: [{ "anything-but": "initializing" }],
        "c-count": [{ numeric: [">", 0, "<=", 5] }],
        "d-count": [{ numeric: ["<", 10] }],
        "x-limit": [{ "anything-but": [100, 200, 300] }],
        "source-ip": [{ cidr: "10.0.0.0/8" }],
      },
    },
    [INSTANCE],
    [
      instance({ state: "initializing" }),
      instance({ "source-ip": "11.0.0.1" }),
      instance({ "x-limit": 200 }),
    ],
  ),
  one(
    "or over numeric fields",
    detail({
      $or: [
        { "c-count": [{ numeric: [">", 0, "<=", 5] }] },
        { "d-count": [{ numeric: ["<", 10] }] },
        { "x-limit": [{ numeric: ["=", 3.018e2] }] },
      ],
    }),
    [INSTANCE, instance({ "c-count": 9 }), instance({ "c-count": 9, "d-count": 10 })],
    [instance({ "c-count": 9, "d-count": 10, "x-limit": 1 })],
  ),
  one(
    "or with and inside, nested",
    {
      source: ["aws.cloudwatch"],
      $or: [
        { metricName: ["CPUUtilization", "ReadLatency"] },
        {
          metricType: ["MetricType"],
          namespace: ["AWS/EC2"],
          $or: [{ metricId: [1234] }, { spaceId: [1000] }],
        },
        { scope: ["Service"] },
      ],
    },
    [
      { source: "aws.cloudwatch", metricName: "ReadLatency" },
      { source: "aws.cloudwatch", metricType: "MetricType", namespace: "AWS/EC2", spaceId: 1000 },
    ],
    [
      { source: "aws.cloudwatch", metricType: "MetricType", namespace: "AWS/EC2" },
      { source: "aws.ec2", scope: "Service" },
    ],
  ),
  one(
    "or twice",
    {
      $or: [{ metricName: ["CPUUtilization"] }, { namespace: ["AWS/EC2"] }],
      detail: { $or: [{ source: ["aws.cloudwatch"] }, { "detail-type": ["CloudWatch Alarm State Change"] }] },
    },
    [{ namespace: "AWS/EC2", detail: { source: "aws.cloudwatch" } }],
    [{ namespace: "AWS/EC2", detail: {} }, { detail: { source: "aws.cloudwatch" } }],
  ),
  one(
    "arrays of objects",
    { employees: { firstName: ["Anna"] } },
    [EMPLOYEES, { employees: [EMPLOYEES.employees] }],
    [],
  ),
  one("one object of an array", { employees: { firstName: ["Anna"], lastName: ["Jones"] } }, [], [EMPLOYEES]),
  one(
    "names with a dot",
    detail({ "state.status": ["running"] }),
    [detail({ state: { status: "running" } }), detail({ "state.status": "running" })],
    [detail({ state: "running" })],
  ),
  one(
    "empty text and null",
    detail({ eventVersion: [""], responseElements: [null] }),
    [detail({ eventVersion: "", responseElements: null })],
    [detail({ eventVersion: "", responseElements: "null" })],
  ),
];
