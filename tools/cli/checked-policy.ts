/** A policy file held against everything that it must keep, the rates that a month needs included (dispatch rules §1). */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { checkPolicy, faultText, type CheckedPolicy } from '../../lambdas/dispatch/domain/complete-policy.ts';
import { missingBases, rateShortages } from '../../lambdas/dispatch/domain/policy-capacity.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { counted, listed, readJson } from './files.ts';
import { CallerFault } from './options.ts';

interface RunsPlace {
  readonly RunsTable: string;
}

/** The policy of a file, if it can hold: every fault is told, the needed rate included. */
export async function checkedPolicy(
  path: string,
  expectedBy: Month | null,
  place: RunsPlace | null,
): Promise<{ readonly json: unknown; readonly warnings: readonly string[] }> {
  const json = readJson(path);
  const checked = checkPolicy(json);
  const accounts = expectedBy === null || place === null ? null : await importedAccounts(expectedBy, place);
  const faults = [
    ...checked.faults.map(faultText),
    ...(accounts === null ? [] : rateFaults(checked, accounts, String(expectedBy))),
  ];
  if (faults.length > 0) throw new CallerFault(listed(`${path}: the policy cannot hold:`, faults));
  if (accounts !== null) return { json, warnings: [] };
  const why =
    expectedBy === null
      ? 'Its rates were not held against a month: give --month.'
      : `${expectedBy} has no import yet: its rates were not held against it.`;
  return { json, warnings: [why] };
}

async function importedAccounts(month: Month, { RunsTable }: RunsPlace): Promise<number | null> {
  const runs = runStore(new DynamoDBClient({}), RunsTable);
  const importId = await runs.importInForce(month);
  return importId === null ? null : ((await runs.readImport(importId))?.accounts ?? null);
}

/** The rates that are too low; or, where a part that they are reckoned from does not hold itself, that they are not known. */
function rateFaults({ policy, faulty }: CheckedPolicy, accounts: number, month: string): string[] {
  const missing = missingBases(faulty);
  if (missing.length > 0) return [`rate: not held against ${month} while ${missing.join(', ')} cannot hold`];
  return rateShortages(policy, accounts)
    .filter(({ channel }) => !faulty.includes('rate') && !faulty.includes(`rate.${channel}`))
    .map(
      ({ channel, rate, neededRate, expected }) =>
        `rate.${channel}: ${rate} a second cannot send ${counted(expected, 'notice')} in the open hours of ` +
        `${counted(policy.sendDays, 'day')}; needed are ${neededRate}`,
    );
}
