/** Findings of cdk-nag that we have looked at, each with the reason why it stays. Anything else fails the synthesis. */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type IApplyRule } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Rules accepted at a construct, and so at everything below it. */
const accepted = new WeakMap<IConstruct, ReadonlySet<string>>();

/** The AWS Solutions rules, where accepting a rule accepts each of its findings: cdk-nag wants every ARN named, by logical ids. */
export class ReviewedChecks extends AwsSolutionsChecks {
  protected override applyRule(params: IApplyRule): void {
    const rule = params.ruleSuffixOverride ?? (params.rule as { readonly name: string }).name;
    if (!params.node.node.scopes.some((scope) => accepted.get(scope)?.has(rule))) super.applyRule(params);
  }
}

/** Accepts rules, by their names without `AwsSolutions-`, at a construct and everything below it. */
export function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  accepted.set(scope, new Set([...(accepted.get(scope) ?? []), ...Object.keys(reasons)]));
  // For the record in the construct tree.
  const rules = Object.entries(reasons).map(([rule, reason]) => ({ id: `AwsSolutions-${rule}`, reason }));
  Validations.of(scope).acknowledge(...rules);
}

/** What CDK gives every state machine with distributed maps. */
export const MACHINE_FINDINGS = {
  IAM5:
    'CDK allows a machine all versions of the functions it calls, and the executions of its own map runs; the delivery of ' +
    'logs and traces has no resource to name (AWS Step Functions, "Logging using CloudWatch Logs").',
} as const;
