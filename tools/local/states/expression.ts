import jsonata from 'jsonata';
import { QUERY_EVALUATION_ERROR, StateError } from './errors.ts';
import { registerFunctions, type ExpressionSources } from './expression-functions.ts';
import { referencesOf, type References } from './expression-references.ts';
import { plainJson } from './payload.ts';

/** The variables of an evaluation: `states`, and what Assign has set. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A JSONata expression, compiled once. */
export interface Expression {
  readonly references: References;
  /** The value, plain JSON; `undefined` if the expression found nothing. May be a promise. */
  readonly evaluate: (bindings: Bindings, field: string) => unknown;
}

/** The engine's syntax tree, as far as it is looked at here: its own types leave the node `path` out. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly steps?: readonly Node[];
}

/** `$a.b.c` and nothing else, as `['a', 'b', 'c']`. */
function plainPath(ast: Node): string[] | undefined {
  const steps = ast.type === 'path' ? ast.steps : [ast];
  const whole = ast.type !== 'path' || Object.keys(ast).every((key) => key === 'type' || key === 'steps');
  if (!whole || steps === undefined) return undefined;
  const simple = steps.every(
    (step, index) =>
      step.type === (index === 0 ? 'variable' : 'name') &&
      Object.keys(step).every((key) => key === 'type' || key === 'value' || key === 'position'),
  );
  const names = steps.map((step) => step.value ?? '');
  return simple && names[0] !== '' && names[0] !== '$' ? names : undefined;
}

const NEEDS_ENGINE = Symbol('needs the engine');

/** Follows a plain path. An array on the way is left to the engine, which maps over its elements. */
function follow(path: readonly string[], bindings: Bindings): unknown {
  let value: unknown = bindings;
  for (const name of path) {
    if (Array.isArray(value)) return NEEDS_ENGINE;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const messageOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : String(thrown);

/** Compiles an expression (without its `{% %}`); throws if it is not JSONata. */
export function compileExpression(source: string, sources: ExpressionSources): Expression {
  const compiled = jsonata(source);
  registerFunctions(compiled, sources);
  const ast: Node = compiled.ast();
  const path = plainPath(ast);

  const byEngine = async (bindings: Bindings, field: string): Promise<unknown> => {
    let value: unknown;
    try {
      value = await compiled.evaluate(undefined, bindings);
    } catch (thrown) {
      throw new StateError(
        QUERY_EVALUATION_ERROR,
        `The JSONata expression '${source}' specified for the field '${field}' threw an error during evaluation. ${messageOf(thrown)}`,
      );
    }
    return value === undefined ? undefined : plainJson(value, `The JSONata expression '${source}' for '${field}'`);
  };

  return {
    references: referencesOf(ast),
    // Most expressions of a state machine are plain paths: following them costs nanoseconds, the engine microseconds.
    evaluate: (bindings, field) => {
      if (path === undefined) return byEngine(bindings, field);
      const value = follow(path, bindings);
      return value === NEEDS_ENGINE ? byEngine(bindings, field) : value;
    },
  };
}
