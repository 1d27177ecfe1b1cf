/** A population: the accounts of a seed, month by month, one after the other and never all at once. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import { accountMonth } from './account-month.ts';
import type { AccountMonth } from './records.ts';

export interface PopulationOptions {
  readonly seed: number | string;
  readonly accounts: number;
  readonly month: Month;
}

/** Every account of a month, in the order of their ids. The same options always give the same records. */
export function* population({ seed, accounts, month }: PopulationOptions): Generator<AccountMonth> {
  for (let number = 1; number <= accounts; number++) yield accountMonth(seed, number, month);
}
