/** Which calls go wrong: the interceptors that crash tests are made of. */
import type { Fault, GateCall, Interceptor } from './gate-messages.ts';

/** A call is meant when all that is given here fits. */
export interface CallMatch {
  /** The function's name, or the end of it: `settle-shard` fits `tr1l-dev-settle-shard`. */
  readonly functionName?: string;
  /** As in the gate's counts: dynamodb, sqs, s3, kms, sesv2, sns, sfn. */
  readonly service?: string;
  readonly operation?: string;
  /** What the body, as JSON text, contains: a notice id, an account id. */
  readonly bodyIncludes?: string;
  /** The first call that the fault meets, from 1; without it, the first that fits. */
  readonly nth?: number;
  /** How many calls it meets, from there on; 1 without it. */
  readonly times?: number;
}

const fits = (match: CallMatch, call: GateCall): boolean =>
  (match.functionName === undefined ||
    call.functionName === match.functionName ||
    call.functionName.endsWith(`-${match.functionName}`)) &&
  (match.service === undefined || call.service === match.service) &&
  (match.operation === undefined || call.operation === match.operation) &&
  (match.bodyIncludes === undefined || JSON.stringify(call.body()).includes(match.bodyIncludes));

/** Makes the matching calls go wrong, counted from when the interceptor is made. */
export function faultAt(match: CallMatch, fault: Fault): Interceptor {
  const { nth = 1, times = 1 } = match;
  let seen = 0;
  return (call) => {
    if (!fits(match, call)) return undefined;
    seen += 1;
    return seen >= nth && seen < nth + times ? fault : undefined;
  };
}

/** Ends a function's environment whenever it sends something about this notice (or whatever the text names). */
export const poison = (functionName: string, bodyIncludes: string): Interceptor =>
  faultAt({ functionName, bodyIncludes, times: Infinity }, { kind: 'kill', when: 'before' });
