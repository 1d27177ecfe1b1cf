import { InvalidDefinition } from './errors.ts';
import type { ExpressionSources } from './expression-functions.ts';
import { Fields, isObject, type Reading } from './fields.ts';
import type { Fragment, Machine, State } from './machine.ts';
import { readState } from './read-state.ts';

const MOST_SECONDS = 99_999_999;
const MOST_NAME_CHARACTERS = 80;

/** All variables that some Assign of these states sets. Any of them may have run before, so all are in reach. */
function assignedIn(states: Readonly<Record<string, unknown>>): Set<string> {
  const names = new Set<string>();
  const add = (json: unknown): void => {
    if (!isObject(json)) return;
    if (isObject(json['Assign'])) for (const name of Object.keys(json['Assign'])) names.add(name);
    for (const list of [json['Choices'], json['Catch']]) if (Array.isArray(list)) list.forEach(add);
  };
  Object.values(states).forEach(add);
  return names;
}

const successors = (state: State): readonly (string | undefined)[] => [
  'next' in state ? state.next : undefined,
  ...(state.type === 'Choice' ? [state.default, ...state.choices.map((choice) => choice.next)] : []),
  ...('catch' in state ? state.catch.map((catcher) => catcher.next) : []),
];

/** Every target exists, and every state can be reached. */
function checkTransitions(fields: Fields, startAt: string, states: ReadonlyMap<string, State>, names: string[]): void {
  const exists = (name: string): boolean => names.includes(name);
  if (startAt !== '' && !exists(startAt)) fields.problem('StartAt', `there is no state '${startAt}' here`);
  for (const state of states.values()) {
    for (const target of successors(state)) {
      if (target !== undefined && target !== '' && !exists(target)) {
        fields.problem(`States.${state.name}`, `goes to '${target}', which is not a state here`);
      }
    }
  }
  const reached = new Set<string>([startAt]);
  for (const name of reached) {
    const state = states.get(name);
    if (state !== undefined) for (const next of successors(state)) if (next !== undefined) reached.add(next);
  }
  for (const name of states.keys()) if (!reached.has(name)) fields.problem(`States.${name}`, 'is never reached');
}

function readFragment(fields: Fields, outer: ReadonlySet<string>): Fragment {
  const startAt = fields.required('StartAt');
  const json = fields.raw('States');
  fields.raw('Comment');
  fields.refuseTheRest({ QueryLanguage: 'stands at the machine or at a state' });
  if (!isObject(json) || Object.keys(json).length === 0) {
    fields.problem('States', 'must be an object with at least one state');
    return { startAt, states: new Map() };
  }
  const own = assignedIn(json);
  for (const name of own) if (outer.has(name)) fields.problem('States', `assigns $${name}, which is set around it`);
  const rules = { variables: new Set([...outer, ...own]) };
  const states = new Map<string, State>();
  const names = Object.keys(json);
  for (const name of names) {
    const state = new Fields(
      fields.reading,
      fields.path === '' ? `States.${name}` : `${fields.path}.States.${name}`,
      json[name],
    );
    if (name.length > MOST_NAME_CHARACTERS)
      state.problem('', `has a name of more than ${MOST_NAME_CHARACTERS} characters`);
    if (fields.reading.stateNames.has(name)) state.problem('', 'has the name of another state of this machine');
    fields.reading.stateNames.add(name);
    const read = readState(state, rules, name, readFragment);
    if (read !== undefined) states.set(name, read);
  }
  // A state that could not be read leads nowhere known: reachability would only repeat the same problem.
  if (states.size === names.length) checkTransitions(fields, startAt, states, names);
  return { startAt, states };
}

/** The JSON of a definition, from its text. */
function parsed(arn: string, definition: unknown): unknown {
  if (typeof definition !== 'string') return definition;
  try {
    return JSON.parse(definition) as unknown;
  } catch (thrown) {
    throw new InvalidDefinition(arn, [`(machine): is not JSON: ${(thrown as Error).message}`]);
  }
}

/**
 * Reads a definition once. Whatever this runner does not know, it refuses by name: throws `InvalidDefinition` with every
 * problem and its path. `resources` are the integrations there are.
 */
export function readMachine(
  arn: string,
  definition: unknown,
  resources: ReadonlySet<string>,
  sources: ExpressionSources,
): Machine {
  const json = parsed(arn, definition);
  const language = isObject(json) ? json['QueryLanguage'] : undefined;
  const reading: Reading = {
    problems: [],
    resources,
    sources,
    stateNames: new Set(),
    isJsonata: language === 'JSONata',
  };
  const fields = new Fields(reading, '', json);
  fields.raw('QueryLanguage');
  const timeoutSeconds = fields.number('TimeoutSeconds', 1, MOST_SECONDS);
  const version = fields.string('Version');
  if (version !== undefined && version !== '1.0') fields.problem('Version', 'must be 1.0');
  if (language !== undefined && language !== 'JSONata') fields.problem('QueryLanguage', 'must be JSONata');
  const fragment = readFragment(fields, new Set());
  if (reading.problems.length > 0) throw new InvalidDefinition(arn, reading.problems);
  return { ...fragment, timeoutSeconds };
}
