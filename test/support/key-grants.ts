/** The emulator lets every call pass: whether a role allows what its function asks of a table is seen here. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { GateCall } from '../../tools/local/gate-messages.ts';
import type { Runtime } from '../../tools/local/runtime.ts';
import { statementsOf } from './statements.ts';

type Key = { readonly pk?: { readonly S?: string } };
interface Body {
  readonly TableName?: string;
  readonly Key?: Key;
  readonly Item?: Key;
  readonly ExpressionAttributeValues?: { readonly ':pk'?: { readonly S?: string } };
  readonly TransactItems?: readonly Readonly<Record<string, Body>>[];
}

/** What a call asks of the table: actions, each with its partition key. */
function asked(operation: string, body: Body, table: string): [action: string, key: string][] {
  if (body.TransactItems)
    return body.TransactItems.flatMap((item) =>
      Object.entries(item).flatMap(([kind, part]) => asked(`${kind}Item`, part, table)),
    );
  if (body.TableName !== table) return [];
  return [[operation, (body.Key ?? body.Item)?.pk?.S ?? body.ExpressionAttributeValues?.[':pk']?.S ?? '']];
}

const isLike = (pattern: string, key: string): boolean =>
  pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;

/** Watches the calls of all functions on the runs table; answers with those that were seen, and those that a role does not allow. */
export function watchRunsTable(runtime: Runtime, template: Template) {
  const table = runtime.resource('RunsTable');
  const seen = new Set<string>();
  runtime.gate.observe(({ functionName, service, operation, body }: GateCall) => {
    const [, name] = /^tr1l-dev-(.+)$/.exec(functionName) ?? [];
    if (name === undefined || service !== 'dynamodb') return;
    for (const [action, key] of asked(operation, body() as Body, table)) seen.add(`${name} ${action} ${key}`);
  });
  const isAllowed = (call: string): boolean => {
    const [name = '', action = '', key = ''] = call.split(' ');
    return statementsOf(template, name).some(({ actions, resources, conditions }) => {
      const limited = conditions as { 'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] } } | undefined;
      const keys = limited?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
      return (
        actions.includes(`dynamodb:${action}`) &&
        resources.some((each) => each.includes('storageruns')) &&
        keys.some((pattern) => isLike(pattern, key))
      );
    });
  };
  return {
    /** The functions that were seen, by name. */
    functions: (): string[] => [...new Set([...seen].map((call) => call.split(' ')[0] ?? ''))].sort(),
    refused: (): string[] => [...seen].filter((call) => !isAllowed(call)),
  };
}
