import type { Execution, MapRun } from './execution.ts';

/** An execution in the form of `DescribeExecution`; instants are `Date`s. */
export function describeExecution(
  execution: Execution,
): Readonly<Record<string, unknown>> & { readonly status: string } {
  const { spec, status, startDate, stopDate, outputText, error, cause, redriveCount, redriveDate } = execution;
  const reason = execution.notRedrivable;
  const isChild = spec.mapRun !== undefined;
  return {
    executionArn: spec.arn,
    stateMachineArn: spec.stateMachineArn,
    name: spec.name,
    status,
    startDate,
    stopDate,
    input: spec.input.text,
    inputDetails: { included: true },
    output: outputText,
    outputDetails: outputText === undefined ? undefined : { included: true },
    mapRunArn: spec.mapRun?.spec.arn,
    error,
    cause,
    redriveCount,
    redriveDate,
    redriveStatus: reason !== undefined ? 'NOT_REDRIVABLE' : isChild ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE',
    redriveStatusReason: reason,
  };
}

/** An execution in the form of `ListExecutions`. */
export function listedExecution(execution: Execution): Readonly<Record<string, unknown>> {
  const { spec, status, startDate, stopDate, redriveCount, redriveDate } = execution;
  const { arn: executionArn, stateMachineArn, name, mapRun } = spec;
  const itemCount = mapRun === undefined ? undefined : 1;
  const mapRunArn = mapRun?.spec.arn;
  return {
    ...{ executionArn, stateMachineArn, name, status, startDate, stopDate },
    ...{ mapRunArn, itemCount, redriveCount, redriveDate },
  };
}

/** A map run in the form of `DescribeMapRun`. */
export function describeMapRun(mapRun: MapRun): Readonly<Record<string, unknown>> {
  const { spec, status, startDate, stopDate, counts, redriveCount, redriveDate } = mapRun;
  return {
    mapRunArn: spec.arn,
    executionArn: spec.executionArn,
    status,
    startDate,
    stopDate,
    maxConcurrency: spec.maxConcurrency,
    toleratedFailureCount: spec.tolerance.count ?? 0,
    toleratedFailurePercentage: spec.tolerance.percentage ?? 0,
    itemCounts: counts,
    executionCounts: counts,
    redriveCount,
    redriveDate,
  };
}

/** A map run in the form of `ListMapRuns`. */
export function listedMapRun(mapRun: MapRun): Readonly<Record<string, unknown>> {
  const { spec, startDate, stopDate } = mapRun;
  const { arn: mapRunArn, executionArn, stateMachineArn } = spec;
  return { mapRunArn, executionArn, stateMachineArn, startDate, stopDate };
}
