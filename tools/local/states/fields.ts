import type { ExpressionSources } from './expression-functions.ts';
import { compileTemplate, type FieldRules, type Template } from './template.ts';

/** What reading a definition needs everywhere. */
export interface Reading {
  readonly problems: string[];
  readonly resources: ReadonlySet<string>;
  readonly sources: ExpressionSources;
  /** All state names of the machine so far: they must differ across branches too. */
  readonly stateNames: Set<string>;
  /** The machine as a whole is JSONata: a state need not say so. */
  readonly isJsonata: boolean;
}

export type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One JSON object of the definition. Fields that nobody read are refused by `refuseTheRest`. */
export class Fields {
  readonly path: string;
  readonly reading: Reading;
  readonly #json: Json;
  readonly #read = new Set<string>();

  constructor(reading: Reading, path: string, json: unknown) {
    this.reading = reading;
    this.path = path;
    if (!isObject(json)) this.problem('', 'must be an object');
    this.#json = isObject(json) ? json : {};
  }

  problem(field: string, problem: string): void {
    const path = [this.path, field].filter((part) => part !== '').join('.');
    this.reading.problems.push(`${path === '' ? '(machine)' : path}: ${problem}`);
  }

  raw(field: string): unknown {
    this.#read.add(field);
    return this.#json[field];
  }

  string(field: string): string | undefined {
    const value = this.raw(field);
    if (value === undefined || typeof value === 'string') return value;
    this.problem(field, 'must be a string');
    return undefined;
  }

  required(field: string): string {
    const value = this.string(field);
    if (value === undefined && this.#json[field] === undefined) this.problem(field, 'is missing');
    return value ?? '';
  }

  /** A number within limits, whole unless `fraction`. */
  number(field: string, least: number, most: number, fraction = false): number | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= least && value <= most && (fraction || Number.isInteger(value)))
      return value;
    this.problem(field, `must be a ${fraction ? '' : 'whole '}number from ${least} to ${most}`);
    return undefined;
  }

  list(field: string): unknown[] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.problem(field, 'must be a list');
    return [];
  }

  template(field: string, rules: FieldRules): Template | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    return compileTemplate(value, field, rules, this.reading.sources, (problem) => {
      this.problem(field, problem);
    });
  }

  /** A number that may be computed; a constant is checked now, a computed one when the state runs. */
  numberTemplate(field: string, least: number, most: number, rules: FieldRules): Template | undefined {
    const template = this.template(field, rules);
    if (template?.constant !== undefined) this.number(field, least, most);
    return template;
  }

  /** A string that may be computed. */
  stringTemplate(field: string, rules: FieldRules): Template | undefined {
    if (this.string(field) === undefined) return undefined;
    return this.template(field, rules);
  }

  /** Assign: an object of variables. */
  assign(rules: FieldRules): Template | undefined {
    const value = this.raw('Assign');
    if (value === undefined) return undefined;
    if (!isObject(value)) {
      this.problem('Assign', 'must be an object');
      return undefined;
    }
    for (const name of Object.keys(value)) {
      if (name === 'states' || !/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name)) {
        this.problem('Assign', `'${name}' cannot be the name of a variable`);
      }
    }
    return this.template('Assign', rules);
  }

  /** Names every field that was not read. `why` explains fields that AWS has and this runner lacks. */
  refuseTheRest(why: Readonly<Record<string, string>> = {}): void {
    for (const field of Object.keys(this.#json)) {
      if (!this.#read.has(field)) this.problem(field, why[field] ?? 'is not a field this runner knows here');
    }
  }
}
