/**
 * What the roles of the template let functions do. Of it the local runtime enforces what concerns keys: whether a
 * function can open what is sealed. All other calls pass; that their grants suffice shows at the template's tests.
 */
import { attributeOf } from './template-resources.ts';
import type { Resource } from './template.ts';

/** Whether the role of a function allows an action (`kms:Decrypt`) on a resource. Conditions are taken to hold; who is no function is an operator. */
export type IsAllowed = (caller: string, action: string, resourceArn: string) => boolean;

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

const list = (value: string | readonly string[] = []): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** IAM's wildcards: `*` for any characters. */
function isLike(pattern: string, text: string): boolean {
  const literal = pattern.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`).test(text);
}

/** Reads the policies that are attached to the functions' roles. */
export function rolePolicies(functions: readonly Resource[], policies: readonly Resource[]): IsAllowed {
  const statementsOf = (roleArn: unknown): Statement[] =>
    policies
      .filter(({ properties }) =>
        (properties['Roles'] as readonly string[]).some(
          (role) => attributeOf('AWS::IAM::Role', role, 'Arn') === roleArn,
        ),
      )
      .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
  const allowed = new Map(functions.map(({ name, properties }) => [name, statementsOf(properties['Role'])]));
  return (caller, action, resourceArn) =>
    allowed
      .get(caller)
      ?.some(
        ({ Effect, Action, Resource: resource }) =>
          Effect === 'Allow' &&
          list(Action).some((each) => isLike(each, action)) &&
          list(resource).some((each) => isLike(each, resourceArn)),
      ) ?? true;
}
