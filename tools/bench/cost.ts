/** What the requests of a month cost by the price list. Pure: the requests are counted at the gate. */
import type { GateCount } from '../local/gate-counts.ts';

/**
 * US dollars, on demand, in Asia Pacific (Seoul), without free tiers. Prices change: look them up before a decision
 * hangs on them. Lambda's compute time is not here, as a laptop's seconds say nothing about it; nor are KMS and S3, which
 * are asked once an environment.
 */
export const PRICES = {
  writeUnit: 0.6778e-6,
  readUnit: 0.1355e-6,
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  transition: 0.0271e-3,
  email: 0.1e-3,
} as const;

export type Priced = keyof typeof PRICES;

/** How often each was used. */
export type Uses = Readonly<Record<Priced, number>>;

/** What a month used: the gate's counts of the pipeline itself, and what the runtime has seen of Step Functions and Lambda. */
export function usesOf(counts: readonly GateCount[], transitions: number, invocations: number): Uses {
  const sum = (service: string, of: (count: GateCount) => number): number =>
    counts.filter((count) => count.service === service).reduce((total, count) => total + of(count), 0);
  const requests = ({ requests: number }: GateCount): number => number;
  return {
    writeUnit: sum('dynamodb', ({ writeUnits }) => writeUnits),
    readUnit: sum('dynamodb', ({ readUnits }) => readUnits),
    sqsRequest: sum('sqs', requests),
    lambdaRequest: invocations,
    transition: transitions,
    email: sum('sesv2', requests),
  };
}

export const dollarsOf = (uses: Uses, priced: Priced): number => uses[priced] * PRICES[priced];

/** All of it but the providers' fees. */
export const infrastructureDollars = (uses: Uses): number =>
  (Object.keys(PRICES) as Priced[])
    .filter((priced) => priced !== 'email')
    .reduce((sum, priced) => sum + dollarsOf(uses, priced), 0);

/** The uses of a month of `factor` times the accounts. */
export const scaled = (uses: Uses, factor: number): Uses =>
  Object.fromEntries(Object.entries(uses).map(([name, count]) => [name, count * factor])) as unknown as Uses;
