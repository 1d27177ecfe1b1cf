import { Fields } from './fields.ts';
import type { Catcher, Retrier } from './machine.ts';
import type { FieldRules } from './template.ts';

const MOST_SECONDS = 99_999_999;
/** AWS takes delays below a year of 366 days. */
const MOST_DELAY_SECONDS = 31_622_399;

/** Error names that begin with `States.` are reserved: a misspelt one would never match. */
const RESERVED = new Set(
  `ALL BranchFailed DataLimitExceeded ExceedToleratedFailureThreshold HeartbeatTimeout Http.Socket ItemReaderFailed
  NoChoiceMatched Permissions QueryEvaluationError ResultWriterFailed Runtime TaskFailed Timeout`.split(/\s+/),
);

function errorEquals(fields: Fields, isLast: boolean): string[] {
  const names = fields.list('ErrorEquals').filter((name): name is string => typeof name === 'string');
  if (names.length === 0) fields.problem('ErrorEquals', 'must name at least one error');
  for (const name of names) {
    if (name.startsWith('States.') && !RESERVED.has(name.slice('States.'.length))) {
      fields.problem('ErrorEquals', `'${name}' is not an error of Step Functions`);
    }
  }
  if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    fields.problem('ErrorEquals', 'States.ALL must stand alone, in the last entry');
  }
  return names;
}

/** The Retry list of a state. */
export function readRetry(state: Fields): Retrier[] {
  const list = state.list('Retry');
  return list.map((json, index) => {
    const fields = new Fields(state.reading, `${state.path}.Retry[${index}]`, json);
    const retrier: Retrier = {
      errorEquals: errorEquals(fields, index === list.length - 1),
      intervalSeconds: fields.number('IntervalSeconds', 1, MOST_SECONDS) ?? 1,
      maxAttempts: fields.number('MaxAttempts', 0, MOST_SECONDS) ?? 3,
      backoffRate: fields.number('BackoffRate', 1, MOST_SECONDS, true) ?? 2,
      maxDelaySeconds: fields.number('MaxDelaySeconds', 1, MOST_DELAY_SECONDS),
      fullJitter: fields.string('JitterStrategy') === 'FULL',
    };
    if (retrier.maxDelaySeconds !== undefined && retrier.maxDelaySeconds <= retrier.intervalSeconds) {
      fields.problem('MaxDelaySeconds', 'must be greater than IntervalSeconds');
    }
    const jitter = fields.string('JitterStrategy');
    if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE') {
      fields.problem('JitterStrategy', 'must be FULL or NONE');
    }
    fields.raw('Comment');
    fields.refuseTheRest();
    return retrier;
  });
}

/** The Catch list of a state. */
export function readCatch(state: Fields, rules: FieldRules): Catcher[] {
  const list = state.list('Catch');
  return list.map((json, index) => {
    const fields = new Fields(state.reading, `${state.path}.Catch[${index}]`, json);
    const caught = { ...rules, errorOutput: true };
    const catcher: Catcher = {
      errorEquals: errorEquals(fields, index === list.length - 1),
      output: fields.template('Output', caught),
      assign: fields.assign(caught),
      next: fields.required('Next'),
    };
    fields.raw('Comment');
    fields.refuseTheRest();
    return catcher;
  });
}
