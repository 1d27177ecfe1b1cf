/** Resolves the intrinsic functions of CloudFormation that CDK writes. What it does not know, it reports. */
import { ACCOUNT, REGION } from './aws-json.ts';
import { attributeOf, refOf } from './template-resources.ts';

/** The resources that a template's values may refer to: type and name, by logical id. */
export type Names = ReadonlyMap<string, { readonly type: string; readonly name: string }>;

type Report = (problem: string) => void;

export const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Resolves values of one template; `NoValue` members disappear, as in CloudFormation. */
export class Intrinsics {
  readonly #names: Names;
  readonly #pseudo: Readonly<Record<string, string>>;
  readonly #report: Report;

  constructor(names: Names, stackName: string, report: Report) {
    this.#names = names;
    this.#pseudo = {
      ...PSEUDO_PARAMETERS,
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
    };
    this.#report = report;
  }

  /** The value with nothing left to compute. `at` is shown in problems. */
  resolve(value: unknown, at: string): unknown {
    if (Array.isArray(value)) {
      return value.map((each, index) => this.resolve(each, `${at}/${index}`)).filter((each) => each !== undefined);
    }
    if (!isObject(value)) return value;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && (key === 'Ref' || key === 'Condition' || key.startsWith('Fn::'))) {
      return this.#call(key, argument, at);
    }
    const resolved = Object.entries(value).map(([name, part]) => [name, this.resolve(part, `${at}/${name}`)] as const);
    return Object.fromEntries(resolved.filter(([, part]) => part !== undefined));
  }

  #call(name: string, argument: unknown, at: string): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument), at);
      case 'Fn::GetAtt':
        return this.#getAtt(argument, at);
      case 'Fn::Join':
        return this.#join(argument, at);
      case 'Fn::Sub':
        return this.#sub(argument, at);
      case 'Fn::Select': {
        const [index, list] = this.#list(argument, at);
        const items = Array.isArray(list) ? (list as unknown[]) : [];
        return items[Number(index)] ?? this.#problem(at, `Fn::Select has no element ${String(index)}`);
      }
      case 'Fn::Split': {
        const [separator, text] = this.#list(argument, at);
        return String(text).split(String(separator));
      }
      default:
        return this.#problem(at, `the intrinsic ${name} is not known to the local runtime`);
    }
  }

  #list(argument: unknown, at: string): unknown[] {
    const resolved = this.resolve(argument, at);
    return Array.isArray(resolved) ? (resolved as unknown[]) : [];
  }

  #ref(id: string, at: string): unknown {
    if (id === 'AWS::NoValue') return undefined;
    const pseudo = this.#pseudo[id];
    if (pseudo !== undefined) return pseudo;
    const resource = this.#names.get(id);
    return resource
      ? refOf(resource.type, resource.name)
      : this.#problem(at, `Ref ${id}: neither a resource nor a pseudo parameter known to the local runtime`);
  }

  #getAtt(argument: unknown, at: string): unknown {
    const path = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
    const [id = '', ...rest] = path;
    const attribute = rest.join('.');
    const resource = this.#names.get(id);
    if (!resource) return this.#problem(at, `Fn::GetAtt ${id}: no such resource`);
    return (
      attributeOf(resource.type, resource.name, attribute) ??
      this.#problem(at, `Fn::GetAtt ${id}.${attribute}: the local ${resource.type} has no such attribute`)
    );
  }

  #join(argument: unknown, at: string): string {
    const [separator, parts] = this.#list(argument, at);
    return (Array.isArray(parts) ? (parts as unknown[]) : []).map(String).join(String(separator));
  }

  #sub(argument: unknown, at: string): string {
    const [text, variables] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
    const own = isObject(variables) ? variables : {};
    return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in own) return String(this.resolve(own[name], at));
      return String(name.includes('.') ? this.#getAtt(name, at) : this.#ref(name, at));
    });
  }

  #problem(at: string, problem: string): string {
    this.#report(`${at}: ${problem}`);
    return '';
  }
}
