// What cdk-nag finds and may stay: in which template, by which rule, at which resources, and why. `expansion.json` is
// template.yaml as SAM expands it. nag.js fails on one that acknowledges nothing.

'use strict';

const MUSTER = 'expansion.json';
const FUNCTIONS = [
  'AgentVerifier',
  'CapacityAdjuster',
  'ClusterRoles',
  'ClusterTeardown',
  'HostDeregisterer',
  'HostDrainer',
  'Reconciler',
];
const role = (name) => `${name}Role`;
const all = FUNCTIONS.map(role);
const but = (...names) => FUNCTIONS.filter((name) => !names.includes(name)).map(role);
const QUEUES = ['AsyncFailures', 'RuleFailures'];

const on = (resource) => `AwsSolutions-IAM5[Resource::${resource}]`;
const here = (service, rest) => on(`arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${rest}`);
const iam = (rest) => on(`arn:<AWS::Partition>:iam::<AWS::AccountId>:${rest}`);
const anywhere = (service) => on(`arn:<AWS::Partition>:${service}:*:<AWS::AccountId>:*`);

// [template, rule, resources, why].
const GROUPS = [
  [
    MUSTER,
    'AwsSolutions-IAM4[Policy::arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    all,
    'SAM gives it to every role that it makes; it writes logs and nothing else',
  ],
  [
    MUSTER,
    on('*'),
    all,
    'reads that know no resource: policy-sentry fails an action on * that knows one (cargo xtask test policies)',
  ],
  [MUSTER, on('*'), ['TracesPolicy'], 'to write to X-Ray knows no resource'],
  [
    MUSTER,
    here('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*'),
    but('ClusterRoles', 'HostDeregisterer'),
    "the middle of a group's ARN is an id that nobody chooses; the groups are bounded by their tag muster:cluster",
  ],
  ...['cluster', 'container-instance', 'service', 'task'].map((kind) => [
    MUSTER,
    here('ecs', `${kind}/*`),
    but('ClusterRoles'),
    'which clusters are Muster\'s is said by tags on groups, so their names are not known when it is deployed',
  ]),
  [
    MUSTER,
    here('ecs', 'capacity-provider/*'),
    ['CapacityAdjusterRole', 'ClusterTeardownRole'],
    'which providers a cluster has is not known when Muster is deployed; they are read alone',
  ],
  [
    MUSTER,
    here('cloudformation', 'stack/*'),
    ['ClusterRolesRole', 'ClusterTeardownRole'],
    'which stacks will have a custom resource is not known when Muster is deployed; they are read alone',
  ],
  [
    MUSTER,
    here('ec2', 'instance/*'),
    ['ReconcilerRole'],
    'which hosts will fail to join is not known when Muster is deployed; they are read alone',
  ],
  ...['instance-profile/*', 'role/*'].map((which) => [
    MUSTER,
    iam(which),
    ['ReconcilerRole'],
    "the hosts' roles are whatever people gave them; they are read alone",
  ]),
  ...['instance-profile/*', 'role/*'].map((which) => [
    MUSTER,
    iam(which),
    ['ClusterRolesRole'],
    'one that is not there has no path, so its read is by any; it is read alone',
  ]),
  ...['instance-profile/muster/*', 'role/muster/*'].map((which) => [
    MUSTER,
    iam(which),
    ['ClusterRolesRole'],
    "names are the stacks'; a path of our own, tags and the boundary bound what it may do",
  ]),
  [
    MUSTER,
    iam('role/aws-service-role/*'),
    ['ClusterRolesRole'],
    "the ARNs of service-linked roles are AWS's; a condition names the two services",
  ],
  [
    MUSTER,
    'Serverless-LambdaStarPermissions',
    all,
    'the same stars as those of AwsSolutions-IAM5, each of which is acknowledged by its ARN',
  ],
  [
    MUSTER,
    'Serverless-LambdaDLQ',
    FUNCTIONS,
    'each function has an on-failure destination, which also keeps the answer and the number of tries',
  ],
  [
    MUSTER,
    'Serverless-LambdaTracing',
    FUNCTIONS,
    "traces go to an OpenTelemetry collector where one is named; X-Ray's own would need a right more for every function",
  ],
  [MUSTER, 'AwsSolutions-SQS3', QUEUES, 'it is a queue of failures itself, of functions and of rules, which the rule does not know'],
  [MUSTER, 'Serverless-SQSRedrivePolicy', QUEUES, 'it is a queue of failures itself: people read it, and an alarm tells them'],
  ...[
    'cloudwatch',
    'dynamodb',
    'ec2',
    'ecr',
    'ecs',
    'elasticloadbalancing',
    'kms',
    'logs',
    'secretsmanager',
    'sns',
    'sqs',
    'ssm',
  ].map((service) => [
    'boundary.yaml',
    anywhere(service),
    ['Boundary'],
    'a boundary grants nothing: it is the most that roles may ever be granted, by name, in this account',
  ]),
  [
    'boundary.yaml',
    on('*'),
    ['Boundary'],
    'a boundary grants nothing, and these actions know no resource',
  ],
  ...['ec2:*::snapshot/*', 's3:::*', 'ec2:*:<AWS::AccountId>:instance/*'].map((rest) => [
    'boundary.yaml',
    on(`arn:<AWS::Partition>:${rest}`),
    ['Boundary'],
    "a boundary grants nothing: what it may be is the roles' to say",
  ]),
  [
    'cluster.yaml',
    'AwsSolutions-AS3',
    ['Group'],
    "Auto Scaling's events come by EventBridge, and Muster tells what it does on an event bus: a topic would tell it again",
  ],
  [
    'cluster.yaml',
    'AwsSolutions-EC26',
    ['Group'],
    'the rule throws at a MixedInstancesPolicy; the volume of the launch template beside it is encrypted',
  ],
];

module.exports = GROUPS.flatMap(([of, rule, resources, why]) => resources.map((resource) => ({ of, rule, resource, why })));
