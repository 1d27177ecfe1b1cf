/** What the role of a function may do, read from the template. */
import type { Template } from 'aws-cdk-lib/assertions';

export interface Statement {
  readonly actions: readonly string[];
  /** As text: a logical id where it refers to a resource. */
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly conditions: unknown;
}

interface RawStatement {
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** The statements of every policy that is attached to the role of a function, `tr1l-<stage>-<name>`. */
export function statementsOf(template: Template, name: string): Statement[] {
  const functions = Object.values(template.findResources('AWS::Lambda::Function')) as {
    Properties: { FunctionName: string; Role: { 'Fn::GetAtt': [string, string] } };
  }[];
  const found = functions.find(({ Properties: p }) => p.FunctionName.endsWith(`-${name}`));
  if (!found) throw new Error(`the template has no function ${name}`);
  const [role] = found.Properties.Role['Fn::GetAtt'];
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as {
    Properties: { Roles: { Ref: string }[]; PolicyDocument: { Statement: RawStatement[] } };
  }[];
  return policies
    .filter(({ Properties: p }) => p.Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ Properties: p }) => p.PolicyDocument.Statement)
    .map(({ Action, Resource, NotResource, Condition }) => ({
      actions: list(Action).map(String),
      resources: list(Resource).map(textOf),
      notResources: list(NotResource).map(textOf),
      conditions: Condition,
    }));
}

/** Joins what intrinsics join, so that a wildcard shows where it stands. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(textOf).join('');
  if (name === 'Fn::GetAtt') return String((argument as string[])[0]);
  if (name === 'Ref') return String(argument);
  return JSON.stringify(value);
}
