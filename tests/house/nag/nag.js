// Has cdk-nag judge templates with its packs AwsSolutions and Serverless.
//
// Arguments: a folder for what is worked out, the templates. A finding that is not acknowledged in acknowledged.js fails; so does
// an acknowledgement of what is not found, and a bait that passes.
//
// cdk-nag does not see into Fn::If: its rules throw there, or pass. So each template is judged twice, with every condition true
// and with every condition false, and without any Fn::If. Parameters have their defaults.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { App, Stack, Validations } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks, ServerlessChecks } = require('cdk-nag');
const ACKNOWLEDGED = require('./acknowledged.js');
const BAIT = require('./bait.json');

const PACKS = [AwsSolutionsChecks, ServerlessChecks];
// In the bait: what stands in the one branch of an Fn::If and in the other, and something for each pack.
const MUST_FIND = [
  'AwsSolutions-IAM5[Action::s3:*] Role',
  'AwsSolutions-IAM5[Action::sqs:*] Role',
  'Serverless-LambdaStarPermissions Role',
];
// Fewer resources than these would mean that the templates were not read.
const LEAST = 60;

function include(file, parameters) {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  return { app, stack, template: new CfnInclude(stack, 'Template', { templateFile: file, parameters }) };
}

// The template as a value, without references to those parameters. Synth would judge it too, by rules that are cfn-lint's here.
function plain(file, parameters) {
  const { stack } = include(file, parameters);
  return stack.resolve(stack._toCloudFormation());
}

function defaults(template) {
  const parameters = Object.entries(template.Parameters ?? {});
  return Object.fromEntries(parameters.filter(([, one]) => 'Default' in one).map(([name, one]) => [name, one.Default]));
}

const isNothing = (value) => value?.Ref === 'AWS::NoValue';

// What is left of a value where every condition is as told.
function where(truth, value) {
  if (Array.isArray(value)) return value.map((one) => where(truth, one)).filter((one) => !isNothing(one));
  if (value === null || typeof value !== 'object') return value;
  if (value['Fn::If']) return where(truth, value['Fn::If'][truth ? 1 : 2]);
  const members = Object.entries(value).map(([name, one]) => [name, where(truth, one)]);
  return Object.fromEntries(members.filter(([, one]) => !isNothing(one)));
}

// What the packs find, as lines of a rule and a resource.
function findings(app) {
  const violations = PACKS.flatMap((Pack) => new Pack(app).validateScope(app).violations);
  const lines = violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath.split('/').pop()}`),
  );
  return new Set(lines);
}

// What is found in one world of a template: all of it, and what is left where the acknowledgements hold.
function judged(file, acknowledged) {
  const { app, template } = include(file);
  const all = findings(app);
  for (const { rule, resource, why } of acknowledged) {
    // One that is not there acknowledges nothing, and is told below.
    const known = Object.hasOwn(JSON.parse(fs.readFileSync(file)).Resources, resource);
    if (known) Validations.of(template.getResource(resource)).acknowledge({ id: rule, reason: why });
  }
  return { all, left: findings(app) };
}

// Both worlds of a template together.
function ofTemplate(file, folder, acknowledged) {
  const template = plain(file, defaults(plain(file)));
  const told = { resources: Object.keys(template.Resources).length, all: new Set(), left: new Set() };
  for (const truth of [true, false]) {
    const world = path.join(folder, `world-${truth}.json`);
    fs.writeFileSync(world, JSON.stringify(where(truth, template)));
    const { all, left } = judged(world, acknowledged);
    all.forEach((one) => told.all.add(one));
    left.forEach((one) => told.left.add(one));
  }
  return told;
}

function main(folder, templates) {
  fs.mkdirSync(folder, { recursive: true });
  const faults = [];
  const bait = ofTemplate(path.join(__dirname, 'bait.json'), folder, []);
  const missed = MUST_FIND.filter((one) => !bait.left.has(one));
  missed.forEach((one) => faults.push(`the bait passes: ${one} is not found`));

  let resources = 0;
  let counted = 0;
  const unused = new Set(ACKNOWLEDGED);
  for (const file of templates) {
    const name = path.basename(file);
    const ours = ACKNOWLEDGED.filter(({ of }) => of === name);
    const told = ofTemplate(file, folder, ours);
    resources += told.resources;
    for (const one of ours) {
      const line = `${one.rule} ${one.resource}`;
      if (told.all.has(line) && !told.left.has(line)) unused.delete(one);
    }
    counted += told.all.size - told.left.size;
    told.left.forEach((one) => faults.push(`${name}: ${one}`));
  }
  unused.forEach(({ of, rule, resource }) => faults.push(`acknowledged, but not found any more: ${of}: ${rule} ${resource}`));
  if (resources < LEAST) faults.push(`only ${resources} resources were judged`);

  faults.forEach((one) => console.log(one));
  const reasons = new Set(ACKNOWLEDGED.map(({ why }) => why)).size;
  console.log(
    `${resources} resources of ${templates.length} templates judged by cdk-nag: ${faults.length} faults, ` +
      `${counted} findings acknowledged for ${reasons} reasons`,
  );
  return faults.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv[2], process.argv.slice(3));
