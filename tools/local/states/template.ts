import { QUERY_EVALUATION_ERROR, StateError } from './errors.ts';
import { compileExpression, type Bindings } from './expression.ts';
import { FUNCTIONS, type ExpressionSources } from './expression-functions.ts';

/** A value of the definition in which strings `{% … %}` are computed. */
export interface Template {
  readonly evaluate: (bindings: Bindings) => Promise<unknown>;
  /** The value itself if nothing in it is computed. */
  readonly constant: { readonly value: unknown } | undefined;
}

/** What a field may read. */
export interface FieldRules {
  /** Names that some Assign sets in reach of the field. */
  readonly variables: ReadonlySet<string>;
  readonly result?: boolean;
  readonly errorOutput?: boolean;
  readonly taskToken?: boolean;
}

/** The context object, as far as this runner fills it. */
const CONTEXT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Execution: ['Id', 'Input', 'Name', 'RoleArn', 'StartTime', 'RedriveCount', 'RedriveTime'],
  State: ['Name', 'EnteredTime', 'RetryCount'],
  StateMachine: ['Id', 'Name'],
  Map: ['Item'],
  Task: ['Token'],
};

type Report = (problem: string) => void;

function checkStates(path: readonly string[], rules: FieldRules, report: Report): void {
  const [member, object, field] = path;
  if (member === undefined || member === 'input') return;
  if (member === 'result' && rules.result === true) return;
  if (member === 'errorOutput' && rules.errorOutput === true) return;
  if (member === 'result') report('$states.result exists only in Output and Assign of Task, Map and Parallel');
  else if (member === 'errorOutput') report('$states.errorOutput exists only in Output and Assign of a Catch');
  else if (member !== 'context') report(`$states.${member} does not exist`);
  else if (object !== undefined) {
    const fields = CONTEXT_FIELDS[object];
    if (fields === undefined) report(`$states.context.${object} does not exist`);
    else if (field !== undefined && !fields.includes(field))
      report(`$states.context.${object}.${field} does not exist`);
    else if (object === 'Task' && rules.taskToken !== true) {
      report('$states.context.Task exists only in Arguments of a .waitForTaskToken resource');
    }
  }
}

function computed(
  text: string,
  field: string,
  rules: FieldRules,
  sources: ExpressionSources,
  report: Report,
): Template {
  const source = text.slice(2, -2).trim();
  let expression;
  try {
    expression = compileExpression(source, sources);
  } catch (thrown) {
    report(`not JSONata: ${String((thrown as { message?: unknown }).message)} in '${source}'`);
    return constantTemplate(null);
  }
  for (const problem of expression.references.problems) report(`'${source}' ${problem}`);
  for (const path of expression.references.states) checkStates(path, rules, report);
  for (const name of expression.references.names) {
    if (name === 'states' || FUNCTIONS.has(name) || rules.variables.has(name)) continue;
    report(`$${name} is neither a function of Step Functions' JSONata nor a variable that an Assign in reach sets`);
  }
  const { evaluate } = expression;
  return {
    constant: undefined,
    evaluate: async (bindings) => {
      const value = await evaluate(bindings, field);
      if (value !== undefined) return value;
      throw new StateError(
        QUERY_EVALUATION_ERROR,
        `The JSONata expression '${source}' specified for the field '${field}' returned nothing (undefined).`,
      );
    },
  };
}

/** A template whose value is known. */
export const constantTemplate = (value: unknown): Template => ({
  constant: { value },
  evaluate: () => Promise.resolve(value),
});

/**
 * Compiles a value of the definition. `field` is the name that evaluation errors show (`Output/month`); `report` takes
 * problems found without running it.
 */
export function compileTemplate(
  value: unknown,
  field: string,
  rules: FieldRules,
  sources: ExpressionSources,
  report: Report,
): Template {
  if (typeof value === 'string') {
    const [opens, closes] = [value.startsWith('{%'), value.endsWith('%}')];
    if (opens && closes) return computed(value, field, rules, sources, report);
    if (opens || closes) report(`'${value}' opens or closes {% %} without the other`);
    return constantTemplate(value);
  }
  if (typeof value !== 'object' || value === null) return constantTemplate(value);
  const parts = Object.entries(value).map(
    ([key, part]) =>
      [
        key,
        compileTemplate(part, `${field}/${key}`, rules, sources, (p) => {
          report(`/${key} ${p}`);
        }),
      ] as const,
  );
  if (parts.every(([, part]) => part.constant !== undefined)) return constantTemplate(value);
  const isArray = Array.isArray(value);
  return {
    constant: undefined,
    evaluate: async (bindings) => {
      const filled: [string, unknown][] = [];
      for (const [key, part] of parts) {
        filled.push([key, part.constant === undefined ? await part.evaluate(bindings) : part.constant.value]);
      }
      return isArray ? filled.map(([, part]) => part) : Object.fromEntries(filled);
    },
  };
}
