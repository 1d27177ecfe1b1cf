import { Fields } from './fields.ts';
import type { ChoiceRule, Fragment, MapState, ParallelState, State, TaskState } from './machine.ts';
import { readCatch, readRetry } from './read-retry.ts';
import type { FieldRules } from './template.ts';

const MOST_SECONDS = 99_999_999;
const JSONPATH = 'belongs to JSONPath; this runner reads JSONata definitions only';
const NOT_BUILT = 'is not supported by this runner';

/** Fields that exist on AWS, and why they are refused here. */
const REFUSED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'ResultSelector', 'ItemsPath', 'Result'].map((field) => [
      field,
      JSONPATH,
    ]),
  ),
  Iterator: 'is deprecated: write ItemProcessor',
  ItemReader: `${NOT_BUILT}: give the items as a list`,
  ItemBatcher: NOT_BUILT,
  ResultWriter: `${NOT_BUILT}: let each item give a small Output`,
  Credentials: NOT_BUILT,
};

/** Reads the states below a state: branches, and what a map runs for each item. */
export type ReadFragment = (fields: Fields, outerVariables: ReadonlySet<string>) => Fragment;

const TOKEN = '.waitForTaskToken';

function readTask(fields: Fields, rules: FieldRules, name: string): TaskState {
  const resource = fields.required('Resource');
  const waitsForToken = resource.endsWith(TOKEN);
  if (!fields.reading.resources.has(resource)) {
    const known = [...fields.reading.resources].join(', ');
    fields.problem('Resource', `'${resource}' is not an integration of this runner (known: ${known})`);
  }
  const results = { ...rules, result: true };
  if (!waitsForToken && fields.raw('HeartbeatSeconds') !== undefined) {
    fields.problem('HeartbeatSeconds', `only a task that waits for its token (${TOKEN}) can send heartbeats`);
  }
  return {
    type: 'Task',
    name,
    resource,
    waitsForToken,
    arguments: fields.template('Arguments', { ...rules, taskToken: waitsForToken }),
    timeoutSeconds: fields.numberTemplate('TimeoutSeconds', 1, MOST_SECONDS, rules),
    heartbeatSeconds: fields.numberTemplate('HeartbeatSeconds', 1, MOST_SECONDS, rules),
    output: fields.template('Output', results),
    assign: fields.assign(results),
    retry: readRetry(fields),
    catch: readCatch(fields, rules),
    next: readNext(fields),
  };
}

function readMap(fields: Fields, rules: FieldRules, name: string, readFragment: ReadFragment): MapState {
  const processor = new Fields(fields.reading, `${fields.path}.ItemProcessor`, fields.raw('ItemProcessor'));
  const config = new Fields(
    fields.reading,
    `${processor.path}.ProcessorConfig`,
    processor.raw('ProcessorConfig') ?? {},
  );
  const mode = config.string('Mode') ?? 'INLINE';
  const distributed = mode === 'DISTRIBUTED';
  if (!distributed && mode !== 'INLINE') config.problem('Mode', 'must be INLINE or DISTRIBUTED');
  const executionType = config.string('ExecutionType');
  if (distributed && executionType !== 'STANDARD') {
    config.problem('ExecutionType', 'must be STANDARD: this runner has no express executions');
  }
  if (!distributed && executionType !== undefined) config.problem('ExecutionType', 'belongs to DISTRIBUTED');
  config.refuseTheRest();
  const label = fields.string('Label');
  if (label !== undefined && (!distributed || label.length > 40 || /[\s<>{}[\]?*"#%\\^|~`$&,;:/]/.test(label))) {
    fields.problem('Label', 'belongs to DISTRIBUTED, has at most 40 characters and none that an ARN forbids');
  }
  const onlyDistributed = ['ToleratedFailureCount', 'ToleratedFailurePercentage'];
  for (const field of distributed ? [] : onlyDistributed) {
    if (fields.raw(field) !== undefined) fields.problem(field, 'belongs to DISTRIBUTED');
  }
  const results = { ...rules, result: true };
  return {
    type: 'Map',
    name,
    distributed,
    label: label ?? name.replaceAll(/[^\w-]/g, '').slice(0, 40),
    items: fields.template('Items', rules),
    itemSelector: fields.template('ItemSelector', rules),
    // A child execution starts from its input alone; an inline iteration still sees the variables around it.
    processor: readFragment(processor, distributed ? new Set() : rules.variables),
    maxConcurrency: fields.numberTemplate('MaxConcurrency', 0, MOST_SECONDS, rules),
    toleratedFailureCount: fields.numberTemplate('ToleratedFailureCount', 0, MOST_SECONDS, rules),
    toleratedFailurePercentage: fields.numberTemplate('ToleratedFailurePercentage', 0, 100, rules),
    output: fields.template('Output', results),
    assign: fields.assign(results),
    retry: readRetry(fields),
    catch: readCatch(fields, rules),
    next: readNext(fields),
  };
}

function readParallel(fields: Fields, rules: FieldRules, name: string, readFragment: ReadFragment): ParallelState {
  const branches = fields.list('Branches');
  if (branches.length === 0) fields.problem('Branches', 'must have at least one branch');
  const results = { ...rules, result: true };
  return {
    type: 'Parallel',
    name,
    arguments: fields.template('Arguments', rules),
    branches: branches.map((json, index) => {
      const branch = new Fields(fields.reading, `${fields.path}.Branches[${index}]`, json);
      return readFragment(branch, rules.variables);
    }),
    output: fields.template('Output', results),
    assign: fields.assign(results),
    retry: readRetry(fields),
    catch: readCatch(fields, rules),
    next: readNext(fields),
  };
}

function readChoices(fields: Fields, rules: FieldRules): ChoiceRule[] {
  const choices = fields.list('Choices');
  if (choices.length === 0) fields.problem('Choices', 'must have at least one rule');
  return choices.flatMap((json, index) => {
    const rule = new Fields(fields.reading, `${fields.path}.Choices[${index}]`, json);
    const condition = rule.template('Condition', rules);
    if (condition === undefined) rule.problem('Condition', 'is missing');
    const [output, assign, next] = [rule.template('Output', rules), rule.assign(rules), rule.required('Next')];
    rule.raw('Comment');
    rule.refuseTheRest();
    return condition === undefined ? [] : [{ condition, output, assign, next }];
  });
}

function readNext(fields: Fields): string | undefined {
  const next = fields.string('Next');
  const end = fields.raw('End');
  if (end !== undefined && typeof end !== 'boolean') fields.problem('End', 'must be true or false');
  if ((next === undefined) === (end !== true)) fields.problem('', 'needs either Next or End: true');
  return next;
}

function readByType(fields: Fields, rules: FieldRules, name: string, readFragment: ReadFragment): State | undefined {
  const type = fields.required('Type');
  const common = () => ({ name, output: fields.template('Output', rules), assign: fields.assign(rules) });
  switch (type) {
    case 'Task':
      return readTask(fields, rules, name);
    case 'Map':
      return readMap(fields, rules, name, readFragment);
    case 'Parallel':
      return readParallel(fields, rules, name, readFragment);
    case 'Pass':
      return { type, ...common(), next: readNext(fields) };
    case 'Choice':
      return { type, ...common(), choices: readChoices(fields, rules), default: fields.string('Default') };
    case 'Wait': {
      const seconds = fields.numberTemplate('Seconds', 0, MOST_SECONDS, rules);
      const timestamp = fields.stringTemplate('Timestamp', rules);
      if ((seconds === undefined) === (timestamp === undefined))
        fields.problem('', 'needs either Seconds or Timestamp');
      return { type, ...common(), seconds, timestamp, next: readNext(fields) };
    }
    case 'Succeed':
      return { type, name, output: fields.template('Output', rules), assign: undefined };
    case 'Fail': {
      const [error, cause] = [fields.stringTemplate('Error', rules), fields.stringTemplate('Cause', rules)];
      return { type, name, output: undefined, assign: undefined, error, cause };
    }
    default:
      if (type !== '') fields.problem('Type', `'${type}' is not a state type this runner knows`);
      return undefined;
  }
}

/** Reads one state. `undefined` if its type is unknown; what is wrong is among the problems then. */
export function readState(
  fields: Fields,
  rules: FieldRules,
  name: string,
  readFragment: ReadFragment,
): State | undefined {
  fields.raw('Comment');
  const language = fields.string('QueryLanguage');
  if (language === undefined ? !fields.reading.isJsonata : language !== 'JSONata') {
    fields.problem('QueryLanguage', 'must be JSONata, here or at the machine (AWS reads it as JSONPath otherwise)');
  }
  const state = readByType(fields, rules, name, readFragment);
  if (state !== undefined) fields.refuseTheRest(REFUSED);
  return state;
}
