/** `tr1l policy` offline, run as a person runs it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateShortages } from '../../../lambdas/dispatch/domain/policy-capacity.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { answerCase } from '../../../tools/ops/when-cases.ts';
import { runTr1l } from '../../support/run-tr1l.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const GOLDEN = fileURLToPath(new URL('../../golden/quiet-hours.jsonl', import.meta.url));
const { file } = temporaryFiles();
const linesOf = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('tr1l policy when', () => {
  it('answers the golden cases as expected, in their order', () => {
    const { code, stdout } = runTr1l('policy', 'when', '--cases', GOLDEN);
    expect(code).toBe(0);
    const golden = linesOf(readFileSync(GOLDEN, 'utf8')) as { expected: unknown }[];
    expect(linesOf(stdout)).toEqual(golden.map(({ expected }) => expected));
  });

  it('tells every broken case with its line and field, and answers none', () => {
    const good = '{"month":"2026-01","channel":"sms","now":"2026-02-01T00:00:00Z"}';
    const bad = '{"policy":{"schedule":{"day":40,"time":"09:00"}},"month":"2026-13","channel":"fax","now":"noon"}';
    const manyAttempts = good.replace('{', '{"policy":{"retry":{"email":{"maxAttempts":6}}},');
    const farOff = '{"month":"9999-12","channel":"sms","now":"9999-12-31T23:00:00Z"}';
    const chosen = good.replace('{', '{"preferences":{"day":32,"quietHours":{"from":9}},');
    const path = file('cases.jsonl', good, bad, 'no json', manyAttempts, farOff, '7', chosen);
    const { code, stdout, stderr } = runTr1l('policy', 'when', '--cases', path);
    expect([code, stdout]).toEqual([2, '']);
    for (const said of [
      ':2: month: must be',
      ':2: channel: must be',
      ':2: now: must be',
      ':2: policy.schedule.day: must be a whole number from 1 to 31',
      ':3: (whole): is no JSON: each line must be one JSON value',
      ':4: policy.retry.email.maxAttempts: must be a whole number from 1 to 5',
      ':5: month: must be a month YYYY-MM of the years 2000 to 2199',
      ':5: now: must be of the years 2000 to 2199',
      ':6: (whole): must be an object of policy, preferences, month, channel and now',
      ':7: preferences.day: must be a day from 1 to 31',
      ':7: preferences.quietHours.from: must be a time HH:MM',
      ':7: preferences.quietHours.to: must be a time HH:MM',
    ])
      expect(stderr).toContain(`${path}${said}`);
  });

  it('never throws, whatever JSON a case is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void answerCase(value)));
  });
});

describe('tr1l policy check', () => {
  it('tells every fault of a policy at once', () => {
    const path = file('policy.json', '{"channels":[],"retry":{"email":{"maxAttempts":9}},"zeroInvoices":"perhaps"}');
    const { code, stderr } = runTr1l('policy', 'check', '--policy', path);
    expect(code).toBe(2);
    for (const field of ['channels', 'retry.email.maxAttempts', 'zeroInvoices'])
      expect(stderr).toContain(`\n  ${field}: must `);
  });

  it('reads a file with a byte order mark', () => {
    expect(runTr1l('policy', 'check', '--policy', file('bom.json', '\uFEFF{}')).code).toBe(0);
  });
});

describe('the rate that a policy needs', () => {
  it('is the least whole rate with which the month is through in time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 10 }), (accounts, sendDays) => {
        const policy = { ...DEFAULT_POLICY, sendDays, rate: { email: 1, sms: 1 } };
        for (const { channel, neededRate } of rateShortages(policy, accounts)) {
          const at = (rate: number) =>
            rateShortages({ ...policy, rate: { ...policy.rate, [channel]: rate } }, accounts).some(
              (each) => each.channel === channel,
            );
          expect([at(neededRate), at(neededRate - 1)]).toEqual([false, true]);
        }
      }),
    );
  });
});
